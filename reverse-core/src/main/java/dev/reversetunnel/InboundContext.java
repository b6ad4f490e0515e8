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
     * Whether bridges can come in here. Of what is scarce in this process, a transport leaves more to others where they
     * cannot: visitors must not keep tunnels from coming back.
     *
     * @return {@link Inbound#takesTunnels}
     */
    default boolean takesTunnels() {
        return true;
    }

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
     * Somebody met a limit of this inbound. Counted, and told to listeners.
     *
     * @param limit which
     * @param detail whose, and what became of it, for people; nothing secret
     */
    default void limitReached(Limit limit, String detail) {}

    /**
     * Whether the credential of a user was revoked. A server asks before it lets anybody in, and takes such a user for
     * one whom it does not know. One that does not ask finds him refused by {@link #handle}.
     *
     * @param user his name
     * @return false for everybody else
     */
    default boolean isRevoked(String user) {
        return false;
    }

    /**
     * The wall clock, for protocols that send the time.
     *
     * @return the node's clock
     */
    Clock clock();

    /**
     * Joins a connection with what one outbound reaches, without asking the rules: that of a stranger with the web
     * server that he is to believe in.
     *
     * @param request who asked, for logs; the outbound may look at its destination
     * @param channel as in {@link #handle}; belongs to the node from now on
     * @param outbound the only way
     */
    default void handOver(Request request, Channel channel, Outbound outbound) {
        ChannelEnds.reset(channel); // a context without a relay
    }
}
