package dev.reversetunnel.door;

import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Reads the opening of one connection, then gives way to the handlers of the body.
 *
 * <p>A stranger learns nothing: whatever is wrong, not a byte goes back, and his connection ends as the door's
 * {@link Manner} has it. A peer that has shown a user's key and then makes a mistake is closed at once.
 */
public final class DoorHandshake extends ChannelInboundHandlerAdapter {
    private final Door door;
    private final Opening opening;

    private @Nullable Future<?> deadline;
    private State state = State.WAITING;

    /**
     * For one connection.
     *
     * @param door that of its listener
     * @param opening reads it
     */
    public DoorHandshake(Door door, Opening opening) {
        this.door = door;
        this.opening = opening;
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
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (state != State.READING || !(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
            return;
        }
        Request request;
        try {
            Opening.Welcome welcome = opening.read(in, ctx.channel());
            if (welcome == null) {
                in.release();
                return;
            }
            state = State.DONE;
            request = welcome.enter(ctx.channel(), ctx.name());
        } catch (CarrierException e) {
            in.release();
            refuse(ctx, e);
            return;
        }
        giveWay(ctx, in);
        if (request != null) {
            door.accepted();
            door.context().handle(request, ctx.channel());
        }
    }

    /** What came behind the header waits in the decoder of the body until somebody reads. */
    private static void giveWay(ChannelHandlerContext ctx, ByteBuf rest) {
        if (rest.isReadable()) {
            ctx.fireChannelRead(rest);
        } else {
            rest.release();
        }
        ctx.pipeline().remove(ctx.handler());
    }

    private void refuse(ChannelHandlerContext ctx, CarrierException cause) {
        door.refused(cause, ctx.channel());
        state = State.SILENT;
        if (cause.reason().isAuthenticated() || door.manner() != Manner.SILENCE) {
            door.dismiss(ctx.channel());
        }
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
            boolean came = !opening.isEmpty();
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
            incomplete(ctx, "its time was up");
            door.dismiss(ctx.channel());
        }
    }

    private void incomplete(ChannelHandlerContext ctx, String why) {
        if (state == State.READING) {
            state = State.SILENT;
            door.refused(
                    new CarrierException(
                            Reason.INCOMPLETE,
                            "opening: " + why
                                    + (opening.isEmpty() ? " before a byte came" : " before it was complete")),
                    ctx.channel());
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
