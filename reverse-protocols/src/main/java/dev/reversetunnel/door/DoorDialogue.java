package dev.reversetunnel.door;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/**
 * The opening of a protocol in which server and client talk before the client is let in: SOCKS5, HTTP. Netty's codecs
 * stand in front of it, and whoever talks something else is closed without a word.
 */
public abstract class DoorDialogue extends DoorWatch {
    private @Nullable Runnable entrance;

    /**
     * For one connection.
     *
     * @param door that of its listener
     */
    protected DoorDialogue(Door door) {
        super(door);
    }

    /**
     * The client has said something.
     *
     * @param ctx of this handler
     * @param message as the codec gives it; stays with the caller
     * @throws CarrierException if it is wrong: the connection is closed without an answer
     */
    protected abstract void received(ChannelHandlerContext ctx, Object message);

    @Override
    final boolean isEmpty() {
        return false; // the codec may have half a message
    }

    @Override
    public final void channelRead(ChannelHandlerContext ctx, Object message) {
        if (entrance != null && message instanceof ByteBuf) {
            ctx.fireChannelRead(message); // behind the opening, in the same read
            return;
        }
        try {
            if (isReading()) {
                received(ctx, message);
            }
        } catch (CarrierException e) {
            keepOut(ctx, e);
            door().dismiss(ctx.channel());
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    /**
     * Says something that is not the end of it.
     *
     * @param ctx of this handler
     * @param message for the codec
     */
    protected final void answer(ChannelHandlerContext ctx, Object message) {
        ctx.writeAndFlush(message);
    }

    /**
     * Does not let him in, and tells him so.
     *
     * @param ctx of this handler
     * @param message for the codec: the last that is said to him
     * @param reason for counters
     * @param cause for the owner's log: what came, and what was expected
     */
    protected final void refuse(ChannelHandlerContext ctx, Object message, Reason reason, String cause) {
        keepOut(ctx, new CarrierException(reason, cause));
        LastWord.say(ctx.channel(), message);
    }

    /**
     * Lets him in. Handlers that follow must be in place, and hold what comes.
     *
     * @param next runs when all of this read was passed on, and this handler is gone
     */
    protected final void letIn(Runnable next) {
        letIn();
        door().accepted();
        entrance = next;
    }

    @Override
    public final void channelReadComplete(ChannelHandlerContext ctx) {
        Runnable next = entrance;
        if (next == null) {
            super.channelReadComplete(ctx);
            return;
        }
        entrance = null;
        ctx.pipeline().remove(this);
        next.run();
    }
}
