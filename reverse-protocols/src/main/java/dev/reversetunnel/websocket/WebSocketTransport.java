package dev.reversetunnel.websocket;

import dev.reversetunnel.Transport;
import java.time.Duration;
import java.util.Objects;

/**
 * What both sides of a WebSocket can be told. Immutable: each method gives a new transport.
 *
 * <p>A close frame is a clean end, of both directions: the end of one alone is not carried, as with V2Ray. Who ends his
 * output is heard when the connection closes.
 *
 * @param <T> the side
 */
public abstract sealed class WebSocketTransport<T extends WebSocketTransport<T>> implements Transport
        permits WebSocketServer, WebSocketClient {
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);
    private static final int MIN_FRAME = 1_024;

    private final WebSocketPath path;

    // Set on a fresh copy only, before anybody else sees it.
    private Transport below = Transport.tcp();
    private Duration handshakeTimeout = HANDSHAKE_TIMEOUT;
    private Framing framing = Framing.DEFAULT;

    WebSocketTransport(String path) {
        this.path = WebSocketPath.of(path);
    }

    WebSocketTransport(WebSocketTransport<T> other) {
        path = other.path;
        below = other.below;
        handshakeTimeout = other.handshakeTimeout;
        framing = other.framing;
    }

    abstract T copy();

    /**
     * What carries the WebSocket, such as TLS. Default: TCP.
     *
     * @param transport the one below
     * @return a new transport
     */
    public T over(Transport transport) {
        T copy = copy();
        set(copy).below = Objects.requireNonNull(transport, "over");
        return copy;
    }

    /**
     * How long the request and its answer may take, from the beginning of the connection. Default: 10 s. On the side
     * that dials it takes no longer than the dial may.
     *
     * @param time more than nothing
     * @return a new transport
     * @throws IllegalArgumentException if it is zero or negative
     */
    public T handshakeTimeout(Duration time) {
        T copy = copy();
        set(copy).handshakeTimeout = positive("handshakeTimeout", time);
        return copy;
    }

    /**
     * After how long a silence of ours a ping is sent, so that nobody in between takes the connection for dead.
     * Default: 30 s.
     *
     * @param time more than nothing
     * @return a new transport
     * @throws IllegalArgumentException if it is zero or negative
     */
    public T pingEvery(Duration time) {
        T copy = copy();
        set(copy).framing = new Framing(framing.maxFrame(), positive("pingEvery", time));
        return copy;
    }

    /**
     * The longest frame that is taken; one more byte ends the connection. Each is kept until it is whole, so this is
     * what a stranger can make us keep. Default: 131,072, twice what V2Ray, Xray and sing-box send.
     *
     * @param bytes 1,024 or more
     * @return a new transport
     * @throws IllegalArgumentException if it is less
     */
    public T maxFrame(int bytes) {
        if (bytes < MIN_FRAME) {
            throw new IllegalArgumentException("maxFrame: " + bytes + " (expected: " + MIN_FRAME + " or more)");
        }
        T copy = copy();
        set(copy).framing = new Framing(bytes, framing.pingEvery());
        return copy;
    }

    /** The fields of a copy are private to this class. */
    private WebSocketTransport<T> set(T copy) {
        return copy;
    }

    private static Duration positive(String name, Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException(name + ": " + time + " (expected: more than 0)");
        }
        return time;
    }

    final WebSocketPath path() {
        return path;
    }

    final Transport below() {
        return below;
    }

    final Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    final Framing framing() {
        return framing;
    }

    @Override
    public boolean isRaw() {
        return false;
    }

    @Override
    public boolean isEncrypted() {
        return below.isEncrypted();
    }
}
