package dev.reversetunnel.socks;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;

/**
 * A way through a SOCKS5 proxy: an outbound, for streams and datagrams, and a transport. Immutable: each method gives a
 * new client.
 *
 * <pre>{@code
 * Vmess.client("portal.example.com", 1024).user(id).transport(Socks5.client("proxy", 1080))
 * }</pre>
 *
 * <p>A channel is handed out when the proxy has connected. All datagrams of a visitor go by one association, whose UDP
 * socket must be reached from here: over a transport that encrypts there are none, for they would travel beside it.
 */
public final class Socks5Client extends ProxyClient<Socks5Client> {
    Socks5Client(String host, int port) {
        super(host, port);
    }

    private Socks5Client(Socks5Client other) {
        super(other);
    }

    @Override
    protected Socks5Client copy() {
        return new Socks5Client(this);
    }

    @Override
    protected LayerGate begin(Channel channel, Destination target, ChannelHandler protocol, LayerDial dial) {
        SocksCall call = SocksCall.connect(target, user(), password());
        return SocksGate.begin(channel.pipeline(), call, protocol, dial);
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        if (request.destination().network() != Network.UDP) {
            return super.connect(request, dialer);
        }
        if (transport().isEncrypted()) {
            return dialer.loop()
                    .newFailedFuture(new TunnelException(this + " carries no datagrams over an encrypted transport:"
                            + " they would travel beside it; carry them by another outbound"));
        }
        return new AssociationDial(this + " carries no datagrams: ", SocksCall.associate(user(), password()), dialer)
                .start(new LayerDial(server(), dialer, ProxyClient::explain), transport());
    }

    @Override
    public boolean sharesDatagrams(Request request) {
        return true;
    }

    /** Where the proxy is; never as whom to come. */
    @Override
    public String toString() {
        return "Socks5.client(" + where() + ")";
    }
}
