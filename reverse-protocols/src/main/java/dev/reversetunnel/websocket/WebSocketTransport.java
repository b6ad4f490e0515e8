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

    /** Half of what nginx waits for a word from a server, and less than the CDNs do. */
    private static final Duration PING = Duration.ofSeconds(30);

    private final WebSocketPath path;

    // Set on a fresh copy only, before anybody else sees it.
    private Transport below = Transport.tcp();
    private Duration handshakeTimeout = HANDSHAKE_TIMEOUT;
    private Duration pingEvery = PING;

    WebSocketTransport(String path) {
        this.path = WebSocketPath.of(path);
    }

    WebSocketTransport(WebSocketTransport<T> other) {
        path = other.path;
        below = other.below;
        handshakeTimeout = other.handshakeTimeout;
        pingEvery = other.pingEvery;
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
        set(copy).pingEvery = positive("pingEvery", time);
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

    final Duration pingEvery() {
        return pingEvery;
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
