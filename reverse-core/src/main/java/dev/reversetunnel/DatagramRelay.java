package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * One direction of a relay of datagrams: what its channel gives, the peer takes, or nobody. Nothing is slowed down: a
 * datagram that finds the peer not writable is late, and dropped. When one side is closed, so is the other.
 */
final class DatagramRelay extends ChannelInboundHandlerAdapter {
    private final Channel peer;
    private final DatagramFlow flow;
    private boolean wrote;

    private DatagramRelay(Channel peer, DatagramFlow flow) {
        this.peer = peer;
        this.flow = flow;
    }

    /**
     * User event of a way out: what was written to it for a target is not sent.
     *
     * @param target whose datagrams are dropped
     * @param datagrams how many
     * @param cause why; null if they were merely late
     */
    record Dropped(
            Destination target, int datagrams, @Nullable Throwable cause) {}

    /** Joins two channels of datagrams that are not reading yet. */
    static void join(Channel one, Channel other, DatagramFlow flow) {
        one.pipeline().addLast(new DatagramRelay(other, flow));
        other.pipeline().addLast(new DatagramRelay(one, flow));
        // Either may have gone before its handler was there to hear of it.
        if (!one.isActive()) {
            other.close();
        } else if (!other.isActive()) {
            one.close();
        } else {
            one.config().setAutoRead(true);
            other.config().setAutoRead(true);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Datagram) || !peer.isActive()) {
            ReferenceCountUtil.release(message);
            return;
        }
        if (!peer.isWritable()) {
            peer.flush();
        }
        if (peer.isWritable()) {
            wrote = true;
            peer.write(message, peer.voidPromise());
        } else {
            ReferenceCountUtil.release(message);
            flow.dropped(1);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (wrote) {
            wrote = false;
            peer.flush();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof Dropped dropped) {
            flow.dropped(dropped.datagrams());
            if (dropped.cause() != null) {
                flow.refused(dropped.target(), dropped.cause());
            }
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (ctx.channel().isOpen()) { // else it is what a closed channel says to each write that it did not make
            flow.failed(cause);
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        peer.close();
    }
}
