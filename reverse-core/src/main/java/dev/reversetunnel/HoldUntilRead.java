package dev.reversetunnel;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Holds what arrives before somebody reads, then gives way. For whoever hands a channel over.
 *
 * <p>Needed because epoll reads once when the other end shuts down, {@code autoRead} or not (Netty 4.1 and 4.2): a
 * visitor who sends a request and its FIN while his tunnel is still being opened would lose both.
 */
public final class HoldUntilRead extends ChannelDuplexHandler {
    private final Queue<Object> held = new ArrayDeque<>(2);

    /** Holds nothing yet. */
    public HoldUntilRead() {
        // Javadoc wants to be told
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        held.add(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        // nobody was given anything
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            held.add(event);
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        ctx.close(); // reset before anybody could serve it
    }

    @Override
    public void read(ChannelHandlerContext ctx) {
        ctx.pipeline().remove(this);
        ctx.read();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (held.isEmpty()) {
            return;
        }
        boolean gone = !ctx.channel().isActive();
        for (Object message = held.poll(); message != null; message = held.poll()) {
            if (message == ChannelInputShutdownEvent.INSTANCE) {
                ctx.fireUserEventTriggered(message);
            } else if (gone) {
                ReferenceCountUtil.release(message);
            } else {
                ctx.fireChannelRead(message);
            }
        }
        ctx.fireChannelReadComplete();
    }
}
