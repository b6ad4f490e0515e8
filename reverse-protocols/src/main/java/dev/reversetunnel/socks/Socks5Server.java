package dev.reversetunnel.socks;

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
 * A SOCKS5 server, by which users come in. Immutable: each method gives a new server.
 *
 * <p>It takes CONNECT and UDP ASSOCIATE, and refuses BIND. A client is told that he is connected when he is, else why
 * not: 2 if a rule forbids it, 5 if nobody listens there, 4 if the host is not found or does not answer, 1 otherwise.
 * (A destination behind a tunnel counts as connected when its session is opened; what goes wrong at the bridge is a
 * reset.) Who talks anything but SOCKS5 is closed without an answer.
 *
 * <p>Datagrams of an association go by a socket on the address that its connection has reached, and end with that
 * connection; there are 1,024 associations at most. The first datagram from the client's IP address decides about his
 * port; those of others are dropped, and so are fragments. Over TLS there are none, for they would travel beside it in
 * clear.
 */
public final class Socks5Server extends ProtocolServer<Socks5Server> {
    /** Of our choice: each has a UDP socket, and a connection that keeps it. */
    private static final int MAX_ASSOCIATIONS = 1_024;

    // Set on a fresh copy only, before anybody else sees it.
    private NamedUsers users = NamedUsers.NONE;
    private boolean open;

    Socks5Server(int port) {
        super(port);
    }

    private Socks5Server(Socks5Server other) {
        super(other);
        users = other.users;
        open = other.open;
    }

    @Override
    protected Socks5Server copy() {
        return new Socks5Server(this);
    }

    /**
     * Adds a user. With one at least, nobody comes in without a password.
     *
     * @param name under which rules and logs know him: 1 to 255 printable characters of ASCII, without a colon
     * @param password his secret: 1 to 255 printable characters of ASCII; travels in clear
     * @return a new server
     * @throws IllegalArgumentException if one of them cannot be, or the name is taken
     */
    public Socks5Server user(String name, String password) {
        Socks5Server copy = new Socks5Server(this);
        copy.users = users.with(name, password);
        return copy;
    }

    /**
     * Lets everybody in who reaches the port, without a password: right if the network is your own. Default: from this
     * machine alone, at a loopback {@link #address}.
     *
     * @return a new server
     */
    public Socks5Server open() {
        Socks5Server copy = new Socks5Server(this);
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
        Permits associations = transport().isEncrypted() ? null : new Permits(MAX_ASSOCIATIONS);
        return listen(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SocksDialogue.begin(channel.pipeline(), door, users, associations);
                    }
                },
                context);
    }

    /** Where it listens and for how many users; never their passwords. */
    @Override
    public String toString() {
        return "Socks5.server(" + where() + ", " + users + ")";
    }
}
