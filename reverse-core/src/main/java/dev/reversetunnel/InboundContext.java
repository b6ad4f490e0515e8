package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import java.time.Clock;

/** What an {@link Inbound} gets of its node. */
public interface InboundContext extends RequestHandler {
    /**
     * The tag under which rules know the inbound.
     *
     * @return the tag
     */
    String tag();

    /**
     * The event loops that accepted channels are registered with.
     *
     * @return the loops
     */
    EventLoopGroup loops();

    /**
     * A connection was accepted. Called by the transport for each of them, so that the node can close them.
     *
     * @param channel the connection
     */
    void accepted(Channel channel);

    /**
     * Sends somebody away who is not even put to the rules: counted, logged a few times a second at most, told to
     * listeners, and reset.
     *
     * @param request what he asked for, or would have
     * @param channel who asked; called on its event loop
     * @param reason for logs; nothing secret, and nothing that he sent
     */
    default void refuse(Request request, Channel channel, String reason) {
        ChannelEnds.reset(channel);
    }

    /**
     * The wall clock, for protocols that send the time.
     *
     * @return the node's clock
     */
    Clock clock();
}
