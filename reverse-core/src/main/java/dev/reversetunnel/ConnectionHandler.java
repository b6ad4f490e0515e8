package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;

/**
 * Between the channel of a {@link Connection} and its streams: hands on what comes, wakes up who waits, and reads when
 * there is room.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter {
    private final ConnectionLock lock;
    private final ConnectionInput input;
    private final ConnectionOutput output;

    ConnectionHandler(EventLoopGroup loops) {
        lock = new ConnectionLock(loops);
        input = new ConnectionInput(lock);
        output = new ConnectionOutput(lock);
    }

    ConnectionInput input() {
        return input;
    }

    ConnectionOutput output() {
        return output;
    }

    void timeout(Duration time) {
        lock.timeout(time);
    }

    /** Both streams are closed, whoever waits in them. */
    void close() {
        input.close();
        output.closed();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        Channel channel = ctx.channel();
        input.readsBy(channel::read);
        output.writesTo(channel);
        channel.read();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof ByteBuf bytes) {
            input.offer(bytes);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (input.wantsMore()) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && input.end()) {
            // Behind what another thread has written, and is not done yet.
            ctx.executor().execute(() -> ChannelEnds.closeAfterFlush(ctx.channel()));
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        lock.wake();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        lock.fail(cause instanceof IOException known ? known : new IOException(cause));
        ChannelEnds.reset(ctx.channel());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lock.fail(new IOException("Connection reset: the other side, or the way to it, is gone"));
        output.closed();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (!ctx.channel().isActive()) {
            lock.wake();
        }
    }
}
