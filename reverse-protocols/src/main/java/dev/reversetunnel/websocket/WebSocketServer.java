package dev.reversetunnel.websocket;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.layer.LayerDoor;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A WebSocket on the side that listens. Immutable: each method gives a new server.
 *
 * <p>Who does not ask in due form for a WebSocket at the path gets 404, as from a web server that has nothing. Its
 * requests may have 8 KiB of headers, and all of them together take no longer than {@link #handshakeTimeout}. A
 * protocol sees those connections only that became a WebSocket.
 */
public final class WebSocketServer extends WebSocketTransport<WebSocketServer> {
    private static final Logger log = LoggerFactory.getLogger(WebSocketServer.class);

    // Set on a fresh copy only, before anybody else sees it.
    private Hosts hosts = Hosts.ANY;
    private ForwardedFor forwarded = ForwardedFor.NOBODY;
    private int maxHandshakes = LayerDoor.MAX_IN_ALL;
    private int maxHandshakesPerSource = LayerDoor.MAX_PER_SOURCE;

    WebSocketServer(String path) {
        super(path);
    }

    private WebSocketServer(WebSocketServer other) {
        super(other);
        hosts = other.hosts;
        forwarded = other.forwarded;
        maxHandshakes = other.maxHandshakes;
        maxHandshakesPerSource = other.maxHandshakesPerSource;
    }

    @Override
    WebSocketServer copy() {
        return new WebSocketServer(this);
    }

    /**
     * Answers to these names only. Default: to any.
     *
     * @param names without ports
     * @return a new server
     * @throws IllegalArgumentException if there are none
     */
    public WebSocketServer host(String... names) {
        WebSocketServer copy = new WebSocketServer(this);
        copy.hosts = Hosts.of(names);
        return copy;
    }

    /**
     * Believes proxies in these networks whom they speak for ({@code X-Forwarded-For}): he is then the source of what
     * is asked for. Default: nobody is believed, for anybody can say it.
     *
     * @param networks such as {@code 10.0.0.0/8} or {@code fd00::/8}, or IP addresses; those of your own proxies
     * @return a new server
     * @throws IllegalArgumentException if one of them is none, or there are none
     */
    public WebSocketServer trustForwardedFor(String... networks) {
        WebSocketServer copy = new WebSocketServer(this);
        copy.forwarded = ForwardedFor.of(networks);
        return copy;
    }

    /**
     * How many connections there may be at a time that are no WebSocket yet; for one more, the oldest is closed.
     * Default: 1,024 in all, and 64 from one IPv4 address or one /64 of IPv6. Behind a proxy all come from one.
     *
     * @param inAll 1 or more
     * @param fromOneSource 1 or more
     * @return a new server
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public WebSocketServer maxHandshakes(int inAll, int fromOneSource) {
        if (inAll < 1 || fromOneSource < 1) {
            throw new IllegalArgumentException(
                    "maxHandshakes: " + inAll + ", " + fromOneSource + " (expected: 1 or more each)");
        }
        WebSocketServer copy = new WebSocketServer(this);
        copy.maxHandshakes = inAll;
        copy.maxHandshakesPerSource = fromOneSource;
        return copy;
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        LayerDoor door = new LayerDoor(context, new Strangers(maxHandshakes, maxHandshakesPerSource), log);
        ServerGate.Rules rules = new ServerGate.Rules(path(), hosts, forwarded, framing(), context.clock());
        return below().listen(
                        local,
                        new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                ServerGate.install(channel, rules, handler, () -> handshakeTimeout(), door);
                            }
                        },
                        context);
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        return dialer.loop()
                .newFailedFuture(new TunnelException("cannot reach " + remote
                        + ": WebSocket.server(...) listens only; give the dialling side WebSocket.client(path)"));
    }

    @Override
    public Optional<Agreement> agreement() {
        String host = hosts.names().isEmpty() ? null : hosts.names().get(0);
        return Optional.of(new LayerAgreement.WebSocket(path().toString(), host, below()));
    }

    /** Where, and what below. */
    @Override
    public String toString() {
        return "WebSocket.server(" + path() + ", over " + below() + ")";
    }
}
