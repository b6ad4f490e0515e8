package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.mux.MuxDialect;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.util.Optional;

/**
 * Takes the word by which two ends of our own make know each other off a tunnel, so that each takes the other for V2Ray
 * and sends what it sends to that: no credit, no half-close.
 */
record ForeignPeer(Outbound client) implements Outbound {
    /** Length, session 0, KeepAlive with data, and the length of that. */
    private static final int FRAME_HEADER_BYTES = 8;

    private static final long KEEP_ALIVE_OF_SESSION_0 = 0x0004_0000_0401L;
    /** "RTX1", see MUX-EXTENSION.md. */
    private static final int MAGIC = 0x52545831;

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        Promise<Channel> result = dialer.loop().newPromise();
        client.connect(request, dialer).addListener((Future<Channel> dialled) -> {
            if (dialled.isSuccess()) {
                dialled.getNow().pipeline().addLast(new WithoutHello());
                result.setSuccess(dialled.getNow());
            } else {
                result.setFailure(dialled.cause());
            }
        });
        return result;
    }

    @Override
    public MuxDialect dialect() {
        return client.dialect();
    }

    @Override
    public Optional<Agreement> agreement() {
        return client.agreement();
    }

    private static final class WithoutHello extends ChannelDuplexHandler {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            skipHello((ByteBuf) message);
            ctx.write(message, promise);
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            skipHello((ByteBuf) message);
            ctx.fireChannelRead(message);
        }

        /** It is the first frame of a write and of a read, so nothing of it is cut. */
        private static void skipHello(ByteBuf bytes) {
            int at = bytes.readerIndex();
            if (bytes.readableBytes() > FRAME_HEADER_BYTES + Integer.BYTES
                    && bytes.getInt(at + FRAME_HEADER_BYTES) == MAGIC
                    && bytes.getLong(at) >>> Short.SIZE == KEEP_ALIVE_OF_SESSION_0) {
                bytes.skipBytes(FRAME_HEADER_BYTES + bytes.getUnsignedShort(at + FRAME_HEADER_BYTES - Short.BYTES));
            }
        }
    }
}
