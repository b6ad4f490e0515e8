package dev.reversetunnel.door;

import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;

/**
 * Reads the opening of one connection, then gives way to the handlers of the body.
 *
 * <p>A stranger learns nothing: whatever is wrong, not a byte goes back, and his connection ends as the door's
 * {@link Manner} has it. A peer that has shown a user's key and then makes a mistake is closed at once.
 */
public final class DoorHandshake extends DoorWatch {
    private final Opening opening;

    /**
     * For one connection.
     *
     * @param door that of its listener
     * @param opening reads it
     */
    public DoorHandshake(Door door, Opening opening) {
        super(door);
        this.opening = opening;
    }

    @Override
    boolean isEmpty() {
        return opening.isEmpty();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!isReading() || !(message instanceof ByteBuf in)) {
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
            letIn();
            request = welcome.enter(ctx.channel(), ctx.name());
        } catch (CarrierException e) {
            in.release();
            refuse(ctx, e);
            return;
        }
        giveWay(ctx, in);
        if (request != null) {
            door().accepted();
            door().context().handle(request, ctx.channel());
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
        keepOut(ctx, cause);
        if (cause.reason().isAuthenticated() || door().manner() != Manner.SILENCE) {
            door().dismiss(ctx.channel());
        }
    }
}
