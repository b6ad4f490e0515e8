package dev.reversetunnel.vless;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.UnsupportedMessageTypeException;
import io.netty.util.ReferenceCountUtil;

/**
 * Datagrams to body, see {@link VlessDatagramDecoder}. Their addresses are not written: a connection has one target.
 * Empty ones and those that are too long are dropped without a word; datagrams may get lost.
 */
final class VlessDatagramEncoder extends ChannelOutboundHandlerAdapter {
    /** As Xray: with its length it fills a buffer there. */
    static final int LONGEST = 8_190;

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (message instanceof Datagram datagram) {
            write(ctx, datagram, promise);
        } else if (message instanceof ByteBuf nothing && !nothing.isReadable()) {
            ctx.write(nothing, promise); // asks when all that was written before is out
        } else {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new UnsupportedMessageTypeException(message, Datagram.class));
        }
    }

    private static void write(ChannelHandlerContext ctx, Datagram datagram, ChannelPromise promise) {
        ByteBuf out;
        try {
            ByteBuf payload = datagram.content();
            int length = payload.readableBytes();
            if (length == 0 || length > LONGEST) {
                promise.trySuccess();
                return;
            }
            out = ctx.alloc().buffer(Short.BYTES + length);
            out.writeShort(length).writeBytes(payload, payload.readerIndex(), length);
        } finally {
            datagram.release();
        }
        ctx.write(out, promise);
    }
}
