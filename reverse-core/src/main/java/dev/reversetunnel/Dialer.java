package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** How a node reaches the network, on behalf of one waiting channel. What an {@link Outbound} gets of its node. */
public interface Dialer {
    /**
     * The event loop of the waiting side; a channel on the same one costs no hand-over.
     *
     * @return the loop
     */
    EventLoop loop();

    /**
     * Looks a name up, off the event loop.
     *
     * @param host a domain name or an IP address
     * @return its addresses, at least one, in the order in which to try them; or an
     *     {@link java.net.UnknownHostException}
     */
    Future<List<InetAddress>> resolve(String host);

    /**
     * How long a dial may take in all, look-up included.
     *
     * @return the time
     */
    Duration timeout();

    /**
     * The wall clock, for protocols that send the time.
     *
     * @return the node's clock
     */
    Clock clock();

    /**
     * Tells the node of a channel that is being opened, so that the dial ends with the node, whatever it waits for: a
     * connection, or a handshake above it. To be called by every {@link Transport} that opens one.
     *
     * @param channel registered with its loop, not connected yet; called on that loop
     */
    default void opening(Channel channel) {}
}
