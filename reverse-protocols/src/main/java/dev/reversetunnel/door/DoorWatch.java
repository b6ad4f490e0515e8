package dev.reversetunnel.door;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Watches one connection until its peer is let in: counts it among the strangers, reads whatever comes, and ends it
 * when its time is up. It leaves the pipeline when the peer is in.
 */
abstract class DoorWatch extends ChannelInboundHandlerAdapter {
    private final Door door;

    private @Nullable Future<?> deadline;
    private State state = State.WAITING;

    DoorWatch(Door door) {
        this.door = door;
    }

    /** Whether not one byte came yet. */
    abstract boolean isEmpty();

    final Door door() {
        return door;
    }

    /** Whether the peer may still say something that counts. */
    final boolean isReading() {
        return state == State.READING;
    }

    /** The peer is let in. */
    final void letIn() {
        state = State.DONE;
    }

    /** The peer is not let in; what he sends from now on is thrown away. */
    final void keepOut(ChannelHandlerContext ctx, CarrierException cause) {
        state = State.SILENT;
        door.refused(cause, ctx.channel());
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        if (ctx.channel().isActive()) {
            begin(ctx);
        }
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        begin(ctx);
        ctx.fireChannelActive();
    }

    private void begin(ChannelHandlerContext ctx) {
        if (state != State.WAITING) {
            return;
        }
        state = State.READING;
        door.arrived(ctx.channel());
        deadline = ctx.executor()
                .schedule(() -> timeIsUp(ctx), door.handshakeTimeout().toNanos(), TimeUnit.NANOSECONDS);
        ctx.read();
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        if (state != State.DONE) {
            ctx.read();
        }
        ctx.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && state != State.DONE) {
            boolean came = !isEmpty();
            incomplete(ctx, "the peer closed it");
            if (came) {
                door.dismiss(ctx.channel());
            } else {
                Door.finish(ctx.channel());
            }
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // The connection broke; that a stranger's did is nobody's business.
        ctx.close();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        incomplete(ctx, "it was closed");
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        door.left(ctx.channel());
        if (deadline != null) {
            deadline.cancel(false);
        }
    }

    private void timeIsUp(ChannelHandlerContext ctx) {
        if (!ctx.isRemoved()) {
            if (state == State.READING) {
                door.late(ctx.channel());
            }
            incomplete(ctx, "its time was up");
            door.dismiss(ctx.channel());
        }
    }

    private void incomplete(ChannelHandlerContext ctx, String why) {
        if (state == State.READING) {
            keepOut(
                    ctx,
                    new CarrierException(
                            Reason.INCOMPLETE,
                            "opening: " + why + (isEmpty() ? " before a byte came" : " before it was complete")));
        }
    }

    /** WAITING ▶ READING ▶ DONE; READING ▶ SILENT when the opening is wrong. */
    private enum State {
        WAITING,
        READING,
        SILENT,
        DONE
    }
}
