package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Optional;

/** The raw carrier below a protocol: TCP, or memory for tests. Immutable; may serve several nodes. */
public interface Transport {
    /**
     * Connects.
     *
     * @param remote where to
     * @param handler put into the channel's pipeline before that hears that it is active. Where several addresses have
     *     to be tried, only the channel that is taken gets it
     * @param dialer the loop to use, name look-up, and the time-out; is told of every channel that is opened
     * @return the connected channel, not reading yet; or why not, as a {@link TunnelException} that names
     *     {@code remote}
     */
    Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer);

    /**
     * Listens.
     *
     * @param local the address; port 0 picks a free one
     * @param handler put into the pipeline of each accepted channel, which is not reading yet; {@code @Sharable}
     * @param context whose loops accepted channels are registered with, and who is told of each
     * @return the listening channel; or why not, as a {@link TunnelException} that names {@code local}
     */
    Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context);

    /**
     * Whether the bytes and their segments are on the network just as they were written. Then a protocol meets
     * strangers by itself, and must give nothing away; behind TLS or WebSocket it is that layer which they meet.
     *
     * @return true for TCP
     */
    default boolean isRaw() {
        return true;
    }

    /**
     * Whether what travels by it is encrypted, so that a protocol that does not encrypt may be used.
     *
     * @return false for TCP
     */
    default boolean isEncrypted() {
        return false;
    }

    /**
     * What the other end must know to meet this transport. Asked by a {@link PeerFormat}.
     *
     * @return the agreement, with its secrets; empty if there is nothing to tell, as of TCP, or no way to
     */
    default Optional<Agreement> agreement() {
        return Optional.empty();
    }

    /**
     * TCP: the default.
     *
     * @return the transport, for which {@link TcpTransport#proxyProtocol} may be called
     */
    static TcpTransport tcp() {
        return TcpTransport.TCP;
    }

    /**
     * A little network of its own inside this JVM, for tests: no port is opened, nothing leaves the process. Ports are
     * all there is in it: the host that is dialled or listened on is not looked at.
     *
     * @return a new network; both ends must use the same one
     */
    static Transport memory() {
        return new MemoryTransport();
    }
}
