package dev.reversetunnel.tls;

import dev.reversetunnel.Transport;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/**
 * What both sides of TLS can be told. Immutable: each method gives a new transport.
 *
 * @param <T> the side
 */
public abstract sealed class TlsTransport<T extends TlsTransport<T>> implements Transport permits TlsServer, TlsClient {
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(10);

    private final @Nullable SslContext given;
    private final @Nullable SSLContext givenOfJdk;

    // Set on a fresh copy only, before anybody else sees it.
    private Transport below = Transport.tcp();
    private Contexts.Common common = Contexts.Common.DEFAULT;
    private Duration handshakeTimeout = HANDSHAKE_TIMEOUT;

    TlsTransport(@Nullable SslContext given, @Nullable SSLContext givenOfJdk) {
        this.given = given;
        this.givenOfJdk = givenOfJdk;
    }

    TlsTransport(TlsTransport<T> other) {
        given = other.given;
        givenOfJdk = other.givenOfJdk;
        below = other.below;
        common = other.common;
        handshakeTimeout = other.handshakeTimeout;
    }

    abstract T copy();

    /**
     * What carries TLS. Default: TCP.
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
     * The versions that are allowed. Default: 1.2 and 1.3.
     *
     * @param allowed one or more
     * @return a new transport
     * @throws IllegalStateException if a context of Netty was given, which decides
     */
    public T versions(TlsVersion... allowed) {
        notNettys("versions");
        T copy = copy();
        set(copy).common = common.versions(someOf("versions", List.of(allowed)));
        return copy;
    }

    /**
     * The protocols that are offered, or may be chosen, by ALPN. Default: none. Ends that have none in common get on
     * all the same, unless the other one minds.
     *
     * @param protocols such as {@code http/1.1}, the preferred one first
     * @return a new transport
     * @throws IllegalStateException if a context of Netty was given, which decides
     */
    public T alpn(String... protocols) {
        notNettys("alpn");
        T copy = copy();
        set(copy).common = common.alpn(someOf("alpn", List.of(protocols)));
        return copy;
    }

    /**
     * Who does the work. Default: {@link TlsEngine#AUTO}.
     *
     * @param kind the JDK, or a native library
     * @return a new transport
     * @throws IllegalArgumentException if the native library is not there
     * @throws IllegalStateException if a context was given, which decides
     */
    public T engine(TlsEngine kind) {
        notGiven("engine");
        if (kind == TlsEngine.NATIVE && !OpenSsl.isAvailable()) {
            throw new IllegalArgumentException("engine: NATIVE is not there (expected:"
                    + " io.netty:netty-tcnative-boringssl-static on the class path): " + OpenSsl.unavailabilityCause());
        }
        T copy = copy();
        set(copy).common = common.engine(kind);
        return copy;
    }

    /**
     * How long a handshake may take, from the beginning of the connection. Default: 10 s. On the side that dials it
     * takes no longer than the dial may.
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

    /** The fields of a copy are private to this class. */
    private TlsTransport<T> set(T copy) {
        return copy;
    }

    final boolean isGiven() {
        return given != null || givenOfJdk != null;
    }

    final void notGiven(String method) {
        if (isGiven()) {
            throw new IllegalStateException(method + ": decided by the context that was given");
        }
    }

    private void notNettys(String method) {
        if (given != null) {
            throw new IllegalStateException(method + ": decided by the context that was given");
        }
    }

    static Duration positive(String name, Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException(name + ": " + time + " (expected: more than 0)");
        }
        return time;
    }

    private static <E> List<E> someOf(String name, List<E> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException(name + ": none (expected: one or more)");
        }
        return values;
    }

    /** The context that was given; null if one has to be built. */
    final @Nullable SslContext givenContext(boolean isClient) {
        return givenOfJdk == null ? given : Contexts.given(givenOfJdk, isClient, common);
    }

    final Transport below() {
        return below;
    }

    final Contexts.Common common() {
        return common;
    }

    final Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    @Override
    public boolean isRaw() {
        return false;
    }

    @Override
    public boolean isEncrypted() {
        return true;
    }
}
