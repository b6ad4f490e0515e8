package dev.reversetunnel;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;

/**
 * A handler of a protocol that can end its channel's output alone, by an end mark of its own. Looked up in the
 * pipeline, from its end: that of a protocol comes before that of the transport below. A channel without one is
 * half-closed as a {@link io.netty.channel.socket.DuplexChannel}.
 */
public interface OutputShutdown extends ChannelHandler {
    /**
     * Ends the output behind all that was written. Called on the channel's event loop.
     *
     * @return done when the end mark is out
     */
    ChannelFuture shutdownOutput();

    /**
     * Whether the other end hears of it before the connection closes. A WebSocket has nothing to say it with: there the
     * end is held back until the other direction has ended as well.
     *
     * @return true for most
     */
    default boolean endsAlone() {
        return true;
    }
}
