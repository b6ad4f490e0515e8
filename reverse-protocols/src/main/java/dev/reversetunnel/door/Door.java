package dev.reversetunnel.door;

import dev.reversetunnel.ChannelAddresses;
import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Limit;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.carrier.CarrierException;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What all connections of one listener share until they have authenticated. Thread-safe. */
public final class Door {
    private final InboundContext context;
    private final Manner manner;
    private final Duration handshakeTimeout;
    private final Strangers strangers;
    private final DoorBook book;

    /**
     * A door for one listener.
     *
     * @param context the node
     * @param manner what strangers see
     * @param handshakeTimeout how long an opening may take, and a stranger is held
     * @param strangers how many of them there may be
     * @param book where it is written down
     */
    public Door(InboundContext context, Manner manner, Duration handshakeTimeout, Strangers strangers, DoorBook book) {
        this.context = context;
        this.manner = manner;
        this.handshakeTimeout = handshakeTimeout;
        this.strangers = strangers;
        this.book = book;
    }

    /**
     * The node.
     *
     * @return who takes what comes in
     */
    public InboundContext context() {
        return context;
    }

    /**
     * What strangers see.
     *
     * @return the same for all
     */
    public Manner manner() {
        return manner;
    }

    /**
     * How long an opening may take, from the beginning of the connection.
     *
     * @return the time
     */
    public Duration handshakeTimeout() {
        return handshakeTimeout;
    }

    /**
     * Counts a new connection in; the oldest stranger makes room for it.
     *
     * @param channel the connection
     */
    public void arrived(Channel channel) {
        Channel oldest = strangers.enter(channel);
        if (oldest != null) {
            book.evicted();
            context.limitReached(
                    Limit.UNAUTHENTICATED,
                    "too many have not authenticated; the oldest had to go, for " + source(channel));
            oldest.eventLoop().execute(() -> dismiss(oldest));
        }
    }

    /**
     * It has authenticated, or is gone.
     *
     * @param channel the connection
     */
    public void left(Channel channel) {
        strangers.leave(channel);
    }

    /** Somebody was let in. */
    public void accepted() {
        book.accepted();
    }

    /**
     * Somebody was not let in, or was sent away later.
     *
     * @param cause what is wrong with him
     * @param channel the connection
     */
    public void refused(CarrierException cause, Channel channel) {
        if (cause.reason() == CarrierException.Reason.REPLAY_SET_FULL) {
            context.limitReached(Limit.REPLAY_SET, String.valueOf(cause.getMessage()));
        }
        book.refused(context.tag(), source(channel), cause);
    }

    /**
     * Somebody was not let in, but sent on to where strangers are welcome. He is counted; there is nothing to warn of.
     *
     * @param cause what is wrong with him
     * @param channel the connection
     */
    public void sentOn(CarrierException cause, Channel channel) {
        book.sentOn(context.tag(), source(channel), cause);
    }

    /**
     * Somebody's time was up before he had authenticated.
     *
     * @param channel the connection
     */
    void late(Channel channel) {
        context.limitReached(Limit.HANDSHAKE_TIME, source(channel) + " had not authenticated in time");
    }

    /**
     * Ends the connection of somebody who was not let in. On its event loop.
     *
     * @param channel the connection
     */
    public void dismiss(Channel channel) {
        switch (manner) {
            case SILENCE -> finish(channel);
            case RESET -> ChannelEnds.reset(channel);
            case CLOSE -> channel.close();
        }
    }

    /**
     * Ends a connection with FIN, also if something came that was not read, which a mere close answers with RST.
     *
     * @param channel the connection
     */
    static void finish(Channel channel) {
        if (channel instanceof DuplexChannel duplex && channel.isActive()) {
            duplex.shutdownOutput().addListener(ended -> channel.close());
        } else {
            channel.close();
        }
    }

    /**
     * Where a connection comes from: its peer, or whom a proxy that is trusted has named.
     *
     * @param channel a connection
     * @return null if it is not known
     */
    public static @Nullable InetSocketAddress source(Channel channel) {
        return ChannelAddresses.source(channel);
    }

    /**
     * Which address of ours it has reached: its own, or which a proxy that is trusted has named.
     *
     * @param channel a connection
     * @return null if it is not known
     */
    public static @Nullable InetSocketAddress local(Channel channel) {
        return ChannelAddresses.local(channel);
    }

    /**
     * Whether a peer is on this machine.
     *
     * @param address his address; what is no socket's is memory
     * @return true if what he sends never was on a network
     */
    public static boolean isLocal(@Nullable SocketAddress address) {
        return !(address instanceof InetSocketAddress socket)
                || (socket.getAddress() != null && socket.getAddress().isLoopbackAddress());
    }
}
