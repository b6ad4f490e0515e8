package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Arrays;

/** Reads the header of the response, checks that it answers our request, and is gone. */
final class VmessResponseDecoder extends ChannelInboundHandlerAdapter {
    private final VmessRequest request;
    private final VmessChunkDecoder chunks;

    private byte[] header = new byte[ResponseHeader.SEALED_LENGTH_BYTES];
    private int filled;
    private boolean failed;

    /**
     * A decoder that has read nothing.
     *
     * @param request what was asked
     * @param chunks reads what follows
     */
    VmessResponseDecoder(VmessRequest request, VmessChunkDecoder chunks) {
        this.request = request;
        this.chunks = chunks;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf in = (ByteBuf) message;
        boolean complete = false;
        try {
            complete = !failed && read(in);
        } catch (CarrierException e) {
            failed = true;
            ctx.fireExceptionCaught(e);
            ctx.close();
        }
        if (complete && in.isReadable()) {
            ctx.fireChannelRead(in);
        } else {
            in.release();
        }
        if (complete && !ctx.isRemoved()) { // unless the first chunk was wrong, and the channel is closed
            ctx.pipeline().remove(this);
        }
    }

    private boolean read(ByteBuf in) {
        while (fill(in)) {
            if (header.length > ResponseHeader.SEALED_LENGTH_BYTES) {
                ResponseHeader.check(request, header);
                return true;
            }
            header = Arrays.copyOf(header, header.length + ResponseHeader.openLength(request, header));
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
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            // No answer at all is no clean end: the channel becomes inactive without one.
            ctx.close();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        chunks.breakOff();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        request.wipe(); // a server that answers has its header, and a closed channel needs none
    }
}
