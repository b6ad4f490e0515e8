package dev.reversetunnel.http;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.carrier.ProxyServer;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.Manner;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;

/**
 * An HTTP proxy, by which users come in. Immutable: each method gives a new server.
 *
 * <p>It takes CONNECT and nothing else: a plain {@code GET http://...} is answered with 405, and a text that says so. A
 * client is told 200 when he is connected, else why not: 403 if a rule forbids it, 504 if the destination does not
 * answer in time, 502 otherwise. (A destination behind a tunnel counts as connected when its session is opened; what
 * goes wrong at the bridge is a reset.) Who sends no password where one is needed is asked for it: 407, Basic. Who
 * talks no HTTP is closed.
 */
public final class HttpProxyServer extends ProxyServer<HttpProxyServer> {
    HttpProxyServer(int port) {
        super(port);
    }

    private HttpProxyServer(HttpProxyServer other) {
        super(other);
    }

    @Override
    protected HttpProxyServer copy() {
        return new HttpProxyServer(this);
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        Door door = door(context, Manner.CLOSE);
        return listen(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        HttpDialogue.begin(channel.pipeline(), door, namedUsers(), HttpProxyServer.this::grantOf);
                    }
                },
                context);
    }

    /** Where it listens and for how many users; never their passwords. */
    @Override
    public String toString() {
        return "HttpProxy.server(" + where() + ", " + namedUsers() + ")";
    }
}
