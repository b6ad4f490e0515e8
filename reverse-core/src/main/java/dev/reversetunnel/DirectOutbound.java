package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.util.List;

/**
 * Dials what was asked for. Names are looked up once; the address that was judged is the one that is dialled.
 *
 * <p>Private, loopback, link-local, multicast and unspecified addresses are refused unless {@link #allowPrivate()} is
 * called, however they are written: as IPv4, IPv6, IPv4 in IPv6, or behind a name.
 */
public final class DirectOutbound implements Outbound {
    static final DirectOutbound DIRECT = new DirectOutbound(false);

    private final boolean allowPrivate;

    private DirectOutbound(boolean allowPrivate) {
        this.allowPrivate = allowPrivate;
    }

    /**
     * The same, with private, loopback and link-local addresses allowed. Everybody who may use this outbound then
     * reaches the whole network that this machine is in.
     *
     * @return the outbound
     */
    public DirectOutbound allowPrivate() {
        return new DirectOutbound(true);
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        Destination wanted = request.destination();
        if (wanted.network() == Network.UDP) {
            return dialer.loop().newFailedFuture(noDatagrams());
        }
        if (wanted.port() == 0) {
            return dialer.loop().newFailedFuture(new RefusedException("port 0 cannot be dialled"));
        }
        Promise<Channel> result = dialer.loop().newPromise();
        dialer.resolve(wanted.host()).addListener((Future<List<InetAddress>> found) -> {
            if (!found.isSuccess()) {
                result.setFailure(new TunnelException(
                        "the name " + wanted.host() + " does not resolve; is it spelled right?", found.cause()));
                return;
            }
            List<InetAddress> allowed = found.getNow().stream()
                    .filter(address -> allowPrivate || Addresses.isPublic(address))
                    .toList();
            if (allowed.isEmpty()) {
                result.setFailure(new RefusedException("private, loopback and link-local addresses are not reached by"
                        + " direct(); declare the target with to(host, port), or call allowPrivate()"));
                return;
            }
            dial(wanted, allowed.get(0), dialer, result);
        });
        return result;
    }

    private static void dial(Destination wanted, InetAddress judged, Dialer dialer, Promise<Channel> result) {
        Destination address = Destination.tcp(NetUtil.toAddressString(judged), wanted.port());
        Transport.tcp().dial(address, new RedirectOutbound.Nothing(), dialer).addListener((Future<Channel> dialled) -> {
            if (dialled.isSuccess()) {
                result.setSuccess(dialled.getNow());
            } else {
                result.setFailure(dialled.cause());
            }
        });
    }

    static TunnelException noDatagrams() {
        return new RefusedException("datagrams are not carried to destinations by this version; ask for a stream");
    }

    @Override
    public String toString() {
        return allowPrivate ? "direct, private addresses too" : "direct";
    }
}
