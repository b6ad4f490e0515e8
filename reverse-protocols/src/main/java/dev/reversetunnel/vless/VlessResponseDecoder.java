package dev.reversetunnel.vless;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Arrays;

/**
 * Reads the header of the response, which comes with the first bytes of the body or not at all, and is gone.
 *
 * <pre>
 *  0         1   2        2+m
 * +---------+---+--------+
 * | version | m | addons |
 * +---------+---+--------+
 * </pre>
 *
 * Peers send no addons; what is in them is skipped, but has to be a message.
 */
final class VlessResponseDecoder extends ChannelInboundHandlerAdapter {
    /** What a server sends. */
    static final byte[] HEADER = {RequestHeader.VERSION, 0};

    private static final int FIXED_BYTES = 2;

    private byte[] header = new byte[FIXED_BYTES];
    private int filled;
    private boolean complete;
    private boolean delivered;
    private boolean failed;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        try {
            complete = complete || (!failed && read(in));
        } catch (CarrierException e) {
            failed = true;
            ctx.fireExceptionCaught(e);
            ctx.close();
        }
        if (complete && in.isReadable()) {
            delivered = true;
            ctx.fireChannelRead(in);
        } else {
            in.release();
        }
    }

    private boolean read(ByteBuf in) {
        while (fill(in)) {
            if (header[0] != RequestHeader.VERSION) {
                throw new CarrierException(
                        Reason.RESPONSE,
                        "version of the response: " + (header[0] & 0xff) + " (expected: " + RequestHeader.VERSION
                                + "); is the server one of VLESS?");
            }
            int whole = FIXED_BYTES + (header[1] & 0xff);
            if (filled == whole) {
                Addons.flow(Arrays.copyOfRange(header, FIXED_BYTES, whole));
                return true;
            }
            header = Arrays.copyOf(header, whole);
        }
        return false;
    }

    private boolean fill(ByteBuf in) {
        int part = Math.min(header.length - filled, in.readableBytes());
        in.readBytes(header, filled, part);
        filled += part;
        return filled == header.length;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (ctx.isRemoved() || failed) {
            return;
        }
        if (!delivered && !ctx.channel().config().isAutoRead()) {
            ctx.read(); // whoever asked for it is still owed something
        }
        if (complete) {
            ctx.pipeline().remove(this);
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE && !complete) {
            // V2Ray closes without a word if the target refuses. No answer at all is no clean end.
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }
}
