package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Dials what was asked for. Names are looked up once; the address that was judged is the one that is dialled.
 *
 * <p>Private, loopback, link-local, multicast and unspecified addresses are refused unless {@link #allowPrivate()} is
 * called, however they are written: as IPv4, IPv6, IPv4 in IPv6, or behind a name.
 *
 * <p>All datagrams of one visitor come from one socket, whatever their targets, and whoever sends to it reaches him.
 *
 * <p>Immutable; each method returns a changed copy.
 */
public final class DirectOutbound implements Outbound {
    static final DirectOutbound DIRECT = new DirectOutbound(false, null);

    private final boolean allowPrivate;
    private final @Nullable ProxyProtocol header;

    private DirectOutbound(boolean allowPrivate, @Nullable ProxyProtocol header) {
        this.allowPrivate = allowPrivate;
        this.header = header;
    }

    /**
     * The same, with private, loopback and link-local addresses allowed. Everybody who may use this outbound then
     * reaches the whole network that this machine is in.
     *
     * @return the outbound
     */
    public DirectOutbound allowPrivate() {
        return new DirectOutbound(true, header);
    }

    /**
     * Tells whoever is dialled {@link Request#source()} and {@link Request#local()}, as
     * {@link RedirectOutbound#proxyProtocol} does. Default: no header. All servers that are reached so must expect it.
     *
     * @param version which form
     * @return a changed copy
     */
    public DirectOutbound proxyProtocol(ProxyProtocol version) {
        return new DirectOutbound(allowPrivate, Objects.requireNonNull(version, "version"));
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        Destination wanted = request.destination();
        if (wanted.network() == Network.UDP) {
            return UdpSockets.open(dialer, new OpenDatagrams(dialer, allowPrivate));
        }
        if (wanted.port() == 0) {
            return dialer.loop()
                    .newFailedFuture(new RefusedException("port 0 cannot be dialled"
                            + " (a bridge asks for it when it registers: a rule must lead its domain to its portal)"));
        }
        Future<Channel> dialling = Transport.tcp()
                .dial(wanted, RedirectOutbound.Nothing.HERE, new Judging(dialer, allowPrivate, request.addresses()));
        return header == null ? dialling : ProxyHeader.inFront(dialling, request, header, dialer.loop());
    }

    @Override
    public boolean sharesDatagrams(Request request) {
        return true;
    }

    /** Finds only what may be dialled; what was judged is what is dialled, without a second look-up. */
    private record Judging(Dialer dialer, boolean allowPrivate, List<InetAddress> known) implements ForwardingDialer {
        @Override
        public Future<List<InetAddress>> resolve(String host) {
            Promise<List<InetAddress>> result = loop().newPromise();
            Future<List<InetAddress>> lookUp =
                    known.isEmpty() ? dialer.resolve(host) : loop().newSucceededFuture(known);
            lookUp.addListener((Future<List<InetAddress>> found) -> {
                if (!found.isSuccess()) {
                    result.setFailure(found.cause());
                    return;
                }
                List<InetAddress> allowed = found.getNow().stream()
                        .filter(address -> allowPrivate || Addresses.isPublic(address))
                        .toList();
                if (allowed.isEmpty()) {
                    result.setFailure(privateAddress());
                } else {
                    result.setSuccess(allowed);
                }
            });
            return result;
        }
    }

    static TunnelException privateAddress() {
        return new RefusedException("private, loopback and link-local addresses are not reached by direct(); declare"
                + " the target with to(host, port), or call allowPrivate()");
    }

    @Override
    public String toString() {
        return (allowPrivate ? "direct, private addresses too" : "direct")
                + (header == null ? "" : ", with PROXY protocol " + header);
    }
}
