package dev.reversetunnel.carrier;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.net.Destination;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A way to destinations through a server: that of a portal, or any other. Immutable: each method gives a new client.
 * Extended by this library only.
 *
 * @param <C> the client itself
 */
public abstract class CarrierClient<C extends CarrierClient<C>> implements Outbound {
    /** How long V2Ray and Xray wait for a first payload to send together with the header. */
    protected static final Duration PAYLOAD_PATIENCE = Duration.ofMillis(100);

    private final Destination server;
    private @Nullable Transport transport; // set on a fresh copy only

    /**
     * A client with all defaults.
     *
     * @param host the server's domain name or IP address
     * @param port 1 to 65535
     * @throws IllegalArgumentException if there is no such host or port
     */
    protected CarrierClient(String host, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1~65535)");
        }
        server = Destination.tcp(host, port);
    }

    /**
     * A copy.
     *
     * @param other whose settings to take
     */
    protected CarrierClient(CarrierClient<C> other) {
        server = other.server;
        transport = other.transport;
    }

    /**
     * A copy of this very client.
     *
     * @return not seen by anybody yet
     */
    protected abstract C copy();

    /**
     * What carries the bytes. Default: TCP.
     *
     * @param carrier TCP, TLS over it, and so on
     * @return a new client
     */
    public C transport(Transport carrier) {
        C copy = copy();
        CarrierClient<C> settings = copy;
        settings.transport = Objects.requireNonNull(carrier, "transport");
        return copy;
    }

    /**
     * Where the server is.
     *
     * @return its name or address, and its port
     */
    protected final Destination server() {
        return server;
    }

    /**
     * What carries the bytes.
     *
     * @return TCP if nothing else was said
     */
    protected final Transport transport() {
        return transport == null ? Transport.tcp() : transport;
    }

    /**
     * Whether what is sent in clear stays in clear: the server is on another machine, and no TLS is around it.
     *
     * @return true if a protocol without encryption gives everything away
     */
    protected final boolean isExposed() {
        if (transport().isEncrypted()) {
            return false;
        }
        if (transport() instanceof ProxyClient<?> proxy && proxy.isExposed()) {
            return true; // "localhost" is the proxy's then
        }
        InetAddress ip = server.address();
        return ip == null ? !server.host().equals("localhost") : !ip.isLoopbackAddress();
    }

    /**
     * For {@code toString()}.
     *
     * @return host and port
     */
    protected final String where() {
        return NetUtil.toSocketAddressString(server.host(), server.port());
    }
}
