package dev.reversetunnel.vless;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.util.List;

/**
 * Body to datagrams, all of which belong to the one target of the connection. One that the end of the connection cuts
 * off is dropped.
 *
 * <pre>
 *  0        2
 * +--------+-----------+
 * | length | payload   |  and so on; length 0 is ignored, as everybody does
 * +--------+-----------+
 * </pre>
 */
final class VlessDatagramDecoder extends ByteToMessageDecoder {
    private final Destination target;

    /**
     * A decoder at the beginning of a body.
     *
     * @param target the far end of all datagrams
     */
    VlessDatagramDecoder(Destination target) {
        this.target = target;
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
        if (in.readableBytes() < Short.BYTES) {
            return;
        }
        int length = in.getUnsignedShort(in.readerIndex());
        if (in.readableBytes() < Short.BYTES + length) {
            return;
        }
        in.skipBytes(Short.BYTES);
        if (length > 0) {
            out.add(new Datagram(target, in.readRetainedSlice(length)));
        }
    }
}
