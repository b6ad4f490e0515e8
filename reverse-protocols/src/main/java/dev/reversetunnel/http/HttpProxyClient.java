package dev.reversetunnel.http;

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
 * A way through an HTTP proxy that takes CONNECT: an outbound for streams, and a transport. Immutable: each method
 * gives a new client.
 *
 * <pre>{@code
 * Vmess.client("portal.example.com", 443).user(id).transport(HttpProxy.client("proxy", 3128).user("ann", password))
 * }</pre>
 *
 * <p>A channel is handed out when the proxy has connected. Many proxies allow port 443 only. Name and password are sent
 * with the first request, by the Basic scheme; the way to the proxy is encrypted if {@link #transport} is TLS.
 */
public final class HttpProxyClient extends ProxyClient<HttpProxyClient> {
    HttpProxyClient(String host, int port) {
        super(host, port);
    }

    private HttpProxyClient(HttpProxyClient other) {
        super(other);
    }

    @Override
    protected HttpProxyClient copy() {
        return new HttpProxyClient(this);
    }

    @Override
    protected LayerGate begin(Channel channel, Destination target, ChannelHandler protocol, LayerDial dial) {
        String name = user();
        String credentials = name == null ? null : BasicCredentials.of(name, password());
        return HttpGate.begin(channel.pipeline(), target, credentials, protocol, dial);
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return request.destination().network() == Network.UDP
                ? dialer.loop()
                        .newFailedFuture(
                                new TunnelException(this + " carries no datagrams; a SOCKS5 proxy can (Socks5.client)"))
                : super.connect(request, dialer);
    }

    /** Where the proxy is; never as whom to come. */
    @Override
    public String toString() {
        return "HttpProxy.client(" + where() + ")";
    }
}
