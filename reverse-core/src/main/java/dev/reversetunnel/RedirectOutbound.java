package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.util.concurrent.Future;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Dials one declared address, whatever was asked for. Made by {@link Outbound#to}. Immutable; each method returns a
 * changed copy.
 */
public final class RedirectOutbound implements Outbound {
    private final Destination target;
    private final @Nullable ProxyProtocol header;

    RedirectOutbound(String host, int port) {
        this(Destination.tcp(host, port), null);
        if (port == 0) {
            throw new IllegalArgumentException("port: 0 (expected: 1~65535, the port that the server listens on)");
        }
    }

    private RedirectOutbound(Destination target, @Nullable ProxyProtocol header) {
        this.target = target;
        this.header = header;
    }

    /**
     * Tells the server {@link Request#source()} and {@link Request#local()} in a header in front of the first byte.
     * Default: no header.
     *
     * <p>Where the source is not known, as in a tunnel of V2Ray's making, the header says so ({@code PROXY UNKNOWN}, or
     * {@code LOCAL} in version 2), and the server sees the address of this machine. An unknown local address is written
     * as the unspecified one. IPv4 beside IPv6 is written as IPv6. Datagrams get no header: hardly a server reads one
     * there.
     *
     * @param version which form; the server must expect it, and accept it from this machine's address
     * @return a changed copy
     */
    public RedirectOutbound proxyProtocol(ProxyProtocol version) {
        return new RedirectOutbound(target, Objects.requireNonNull(version, "version"));
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        if (request.destination().network() == Network.UDP) {
            return UdpSockets.connect(target.on(Network.UDP), dialer, new ConnectedDatagrams(request.destination()));
        }
        Future<Channel> dialling = Transport.tcp().dial(target, Nothing.HERE, dialer);
        return header == null ? dialling : ProxyHeader.inFront(dialling, request, header, dialer.loop());
    }

    @Override
    public String toString() {
        return "to " + target + (header == null ? "" : ", with PROXY protocol " + header);
    }

    /** A channel that is dialled as it is. */
    @ChannelHandler.Sharable // several addresses of a name may have to be tried
    static final class Nothing extends ChannelHandlerAdapter {
        static final Nothing HERE = new Nothing();
    }
}
