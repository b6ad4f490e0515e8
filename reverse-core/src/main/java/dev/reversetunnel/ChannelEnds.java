package dev.reversetunnel;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How channels end, whatever they are: sockets, sessions, a protocol's streams. Any thread may call. */
final class ChannelEnds {
    /** Of our choice: how long a reset waits for what was written before; a reader that stopped gets no more. */
    private static final long LAST_BYTES_MILLIS = 2_000;

    private static final Logger log = LoggerFactory.getLogger(ChannelEnds.class);

    private ChannelEnds() {}

    /** Resets at once: what was not sent is lost, and the other end sees that something is. */
    static void reset(Channel channel) {
        if (!channel.isOpen()) {
            return; // to ask its socket for anything would throw: twice a connection, and dearer than all the rest
        }
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, 0);
        } catch (ChannelException e) {
            log.trace("{}: closed meanwhile", channel, e); // by another thread
        }
        channel.close();
    }

    /** Resets behind what was written. */
    static void resetAfterFlush(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        ChannelFuture written = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        if (written.isDone()) {
            reset(channel);
            return;
        }
        var impatience = channel.eventLoop().schedule(() -> reset(channel), LAST_BYTES_MILLIS, TimeUnit.MILLISECONDS);
        written.addListener(done -> {
            impatience.cancel(false);
            reset(channel);
        });
    }

    /** Closes behind what was written. */
    static void closeAfterFlush(Channel channel) {
        if (channel.isOpen()) {
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    /** Ends the output alone, behind what was written. A channel that cannot do that is closed. */
    static void shutdownOutput(Channel channel) {
        if (!channel.eventLoop().inEventLoop()) {
            channel.eventLoop().execute(() -> shutdownOutput(channel));
            return;
        }
        OutputShutdown protocol = channel.pipeline().get(OutputShutdown.class);
        if (protocol != null) {
            protocol.shutdownOutput();
        } else if (channel instanceof DuplexChannel duplex) {
            // Netty throws away what is queued when the output of a socket is shut down: wait for it.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> duplex.shutdownOutput());
        } else {
            closeAfterFlush(channel);
        }
    }
}
