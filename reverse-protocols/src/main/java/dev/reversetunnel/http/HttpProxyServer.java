package dev.reversetunnel.http;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.NamedUsers;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.util.Optional;

/**
 * An HTTP proxy, by which users come in. Immutable: each method gives a new server.
 *
 * <p>It takes CONNECT and nothing else: a plain {@code GET http://...} is answered with 405, and a text that says so. A
 * client is told 200 when he is connected, else why not: 403 if a rule forbids it, 504 if the destination does not
 * answer in time, 502 otherwise. (A destination behind a tunnel counts as connected when its session is opened; what
 * goes wrong at the bridge is a reset.) Who talks no HTTP is closed.
 */
public final class HttpProxyServer extends ProtocolServer<HttpProxyServer> {
    // Set on a fresh copy only, before anybody else sees it.
    private NamedUsers users = NamedUsers.NONE;
    private boolean open;

    HttpProxyServer(int port) {
        super(port);
    }

    private HttpProxyServer(HttpProxyServer other) {
        super(other);
        users = other.users;
        open = other.open;
    }

    @Override
    protected HttpProxyServer copy() {
        return new HttpProxyServer(this);
    }

    /**
     * Adds a user. With one at least, nobody comes in without a password; who sends none is asked for it (407, Basic).
     *
     * @param name under which rules and logs know him: 1 to 255 printable characters of ASCII, without a colon
     * @param password his secret: 1 to 255 printable characters of ASCII; travels in clear unless TLS is the transport
     * @return a new server
     * @throws IllegalArgumentException if one of them cannot be, or the name is taken
     */
    public HttpProxyServer user(String name, String password) {
        HttpProxyServer copy = new HttpProxyServer(this);
        copy.users = users.with(name, password);
        return copy;
    }

    /**
     * Lets everybody in who reaches the port, without a password: right if the network is your own. Default: from this
     * machine alone, at a loopback {@link #address}.
     *
     * @return a new server
     */
    public HttpProxyServer open() {
        HttpProxyServer copy = new HttpProxyServer(this);
        copy.open = true;
        return copy;
    }

    @Override
    public Optional<String> fault() {
        return users.isEmpty() && !open && !isLoopback()
                ? Optional.of(this + ": everybody who reaches the port could use it, as spammers do with open proxies"
                        + " (call user(...), or address(\"127.0.0.1\"); or open() if that is wanted)")
                : Optional.empty();
    }

    @Override
    public boolean takesTunnels() {
        return false;
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        Door door = door(context, Manner.CLOSE);
        return listen(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        HttpDialogue.begin(channel.pipeline(), door, users);
                    }
                },
                context);
    }

    /** Where it listens and for how many users; never their passwords. */
    @Override
    public String toString() {
        return "HttpProxy.server(" + where() + ", " + users + ")";
    }
}
