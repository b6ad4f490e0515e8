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
    /** What V2Ray reads into one buffer. It makes two datagrams of a longer one; Xray does of more than 8,192 bytes. */
    static final int DEFAULT_LONGEST = 2_048;

    /** The length field has two bytes. */
    private static final int MOST = 65_535;

    private final int longest;

    /**
     * An encoder at the beginning of a body.
     *
     * @param longest how many bytes a datagram may have
     */
    VlessDatagramEncoder(int longest) {
        this.longest = longest;
    }

    static int requireSize(int bytes) {
        if (bytes < 1 || bytes > MOST) {
            throw new IllegalArgumentException("maxDatagram: " + bytes + " (expected: 1~" + MOST + ")");
        }
        return bytes;
    }

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

    private void write(ChannelHandlerContext ctx, Datagram datagram, ChannelPromise promise) {
        ByteBuf out;
        try {
            ByteBuf payload = datagram.content();
            int length = payload.readableBytes();
            if (length == 0 || length > longest) {
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
