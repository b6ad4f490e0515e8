package dev.reversetunnel;

import dev.reversetunnel.mux.MuxSession;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** How channels end, whatever they are: sockets, sessions, a protocol's streams. Any thread may call. */
public final class ChannelEnds {
    /** Of our choice: how long a reset waits for what was written before; a reader that stopped gets no more. */
    private static final long LAST_BYTES_MILLIS = 2_000;

    private ChannelEnds() {}

    /**
     * Resets at once: what was not sent is lost, and the other end sees that something is. Behind the back of all
     * handlers: TLS, for one, would say farewell, and the reset would pass for a clean end.
     *
     * @param channel open or not
     */
    public static void reset(Channel channel) {
        if (!channel.isOpen()) {
            return; // to ask its socket for anything would throw: twice a connection, and dearer than all the rest
        }
        resetWhenClosed(channel, true);
        if (channel.eventLoop().inEventLoop()) {
            cut(channel);
        } else {
            try {
                channel.eventLoop().execute(() -> cut(channel));
            } catch (RejectedExecutionException e) {
                return; // the application has ended its loops, and they their channels
            }
        }
    }

    private static void cut(Channel channel) {
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first == null) {
            channel.close();
        } else {
            first.close(channel.newPromise());
        }
    }

    /**
     * Whoever closes the channel from now on, and be it the operating system after this process was killed, the other
     * end sees a reset; or a clean end again.
     */
    static void resetWhenClosed(Channel channel, boolean reset) {
        try {
            channel.config().setOption(ChannelOption.SO_LINGER, reset ? 0 : -1);
        } catch (ChannelException e) {
            return; // it is closed already, which a socket tells so
        }
    }

    /**
     * Whether a close is a reset, so that a layer must not say farewell before: it would make a clean end of a cut.
     *
     * @param channel open or not
     * @return true if what a relay carries is not complete yet
     */
    public static boolean isResetWhenClosed(Channel channel) {
        try {
            Integer linger = channel.config().getOption(ChannelOption.SO_LINGER);
            return linger != null && linger == 0;
        } catch (ChannelException e) {
            return false; // it is closed already
        }
    }

    /**
     * Resets behind what was written.
     *
     * @param channel open or not
     */
    public static void resetAfterFlush(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        resetWhenClosed(channel, true);
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

    /**
     * Closes behind what was written; if that does not get out, resets.
     *
     * @param channel open or not
     */
    public static void closeAfterFlush(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        if (channel instanceof SocketChannel && hasSentAll(channel)) {
            closeCleanly(channel); // the write would fail: an exception with a stack trace for each connection
            return;
        }
        ChannelFuture last = channel.writeAndFlush(Unpooled.EMPTY_BUFFER);
        if (!last.isDone()) {
            resetWhenClosed(channel, true);
        }
        last.addListener(written -> {
            if (written.isSuccess() || hasSentAll(channel)) { // it may have been shut down meanwhile
                closeCleanly(channel);
            } else if (written.cause() instanceof ChannelOutputShutdownException) {
                closeBehindEndMark(channel);
            } else {
                channel.close();
            }
        });
    }

    /** An output that was shut down has sent all that stood before, though it refuses another write. */
    private static boolean hasSentAll(Channel channel) {
        return channel instanceof DuplexChannel duplex && duplex.isOutputShutdown();
    }

    /** A protocol's end mark was its last word: what is below it need not know, and may still be sending. */
    private static void closeBehindEndMark(Channel channel) {
        ChannelHandlerContext first = channel.pipeline().firstContext();
        if (first == null) {
            channel.close();
            return;
        }
        first.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(out -> {
            if (out.isSuccess()) {
                closeCleanly(channel);
            } else {
                channel.close();
            }
        });
    }

    private static void closeCleanly(Channel channel) {
        resetWhenClosed(channel, false);
        channel.close();
    }

    /**
     * Ends the output alone, behind what was written. A channel that cannot do that is closed.
     *
     * @param channel open or not
     */
    public static void shutdownOutput(Channel channel) {
        if (!channel.eventLoop().inEventLoop()) {
            channel.eventLoop().execute(() -> shutdownOutput(channel));
            return;
        }
        OutputShutdown protocol = outermost(channel, null);
        if (protocol != null) {
            protocol.shutdownOutput();
        } else if (channel instanceof DuplexChannel duplex) {
            // Netty throws away what is queued when the output of a socket is shut down: wait for it.
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
                if (channel instanceof MuxSession session && !session.isExtended() && written.isSuccess()) {
                    resetWhenClosed(channel, false); // its End may be the end of both directions
                }
                duplex.shutdownOutput();
            });
        } else {
            closeAfterFlush(channel);
        }
    }

    /**
     * Ends the output of what is below a protocol that has no end mark of its own, behind what was written.
     *
     * @param ctx the protocol's handler; called on its event loop
     * @return done when the end is out
     */
    public static ChannelFuture shutdownOutputBelow(ChannelHandlerContext ctx) {
        OutputShutdown transport = outermost(ctx.channel(), ctx.handler());
        if (transport != null) {
            return transport.shutdownOutput();
        }
        ChannelPromise promise = ctx.newPromise();
        // Behind all that is still queued, which Netty would drop.
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (ctx.channel() instanceof DuplexChannel duplex) {
                duplex.shutdownOutput(promise);
            } else {
                promise.setSuccess();
            }
        });
        return promise;
    }

    /** Whether the end of the output alone would not be heard at the other end before the channel closes. */
    static boolean holdsEndBack(Channel channel) {
        if (channel instanceof MuxSession session) {
            return session.holdsEndBack();
        }
        OutputShutdown end = outermost(channel, null);
        return end != null && !end.endsAlone();
    }

    /**
     * Whether the end of the output alone is heard at the other end, as far as it is what is below a protocol that has
     * to tell it.
     *
     * @param ctx the protocol's handler
     * @return see {@link OutputShutdown#endsAlone}
     */
    public static boolean endsAloneBelow(ChannelHandlerContext ctx) {
        OutputShutdown transport = outermost(ctx.channel(), ctx.handler());
        return transport == null || transport.endsAlone();
    }

    /** The end mark of a protocol comes before that of its transport, which is nearer to the network. */
    private static @Nullable OutputShutdown outermost(Channel channel, @Nullable ChannelHandler below) {
        OutputShutdown last = null;
        for (Map.Entry<String, ChannelHandler> handler : channel.pipeline()) {
            if (handler.getValue() == below) {
                break;
            }
            if (handler.getValue() instanceof OutputShutdown shutdown) {
                last = shutdown;
            }
        }
        return last;
    }
}
