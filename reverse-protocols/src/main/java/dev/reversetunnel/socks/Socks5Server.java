package dev.reversetunnel.socks;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.carrier.ProxyServer;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.Manner;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;

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
public final class Socks5Server extends ProxyServer<Socks5Server> {
    /** Of our choice: each has a UDP socket, and a connection that keeps it. */
    private static final int MAX_ASSOCIATIONS = 1_024;

    private boolean udp = true; // set on a fresh copy only

    Socks5Server(int port) {
        super(port);
    }

    private Socks5Server(Socks5Server other) {
        super(other);
        udp = other.udp;
    }

    @Override
    protected Socks5Server copy() {
        return new Socks5Server(this);
    }

    /**
     * Whether datagrams are taken (UDP ASSOCIATE). Default: yes, unless the transport is encrypted.
     *
     * @param on whether
     * @return a new server
     */
    public Socks5Server udp(boolean on) {
        Socks5Server copy = new Socks5Server(this);
        copy.udp = on;
        return copy;
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        Door door = door(context, Manner.CLOSE);
        Permits associations = udp && !transport().isEncrypted() ? new Permits(MAX_ASSOCIATIONS) : null;
        return listen(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SocksDialogue.begin(
                                channel.pipeline(), door, namedUsers(), Socks5Server.this::grantOf, associations);
                    }
                },
                context);
    }

    /** Where it listens and for how many users; never their passwords. */
    @Override
    public String toString() {
        return "Socks5.server(" + where() + ", " + namedUsers() + ")";
    }
}
