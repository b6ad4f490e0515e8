package dev.reversetunnel.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.nio.charset.StandardCharsets;

/** What {@link LoadOrigin} does, in the bridge's own JVM: the session is the channel, there is no TCP hop. */
@ChannelHandler.Sharable
final class OwnOrigin extends ChannelInitializer<Channel> {
    private static final ByteBuf RESPONSE = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes(LoadOrigin.RESPONSE.getBytes(StandardCharsets.US_ASCII)));
    private static final ByteBuf BULK =
            Unpooled.unreleasableBuffer(Unpooled.directBuffer(64 * 1024).writeZero(64 * 1024));

    @Override
    protected void initChannel(Channel channel) {
        channel.pipeline().addLast(new Conversation());
    }

    private static final class Conversation extends ChannelInboundHandlerAdapter {
        private byte kind;
        private final LoadOrigin.HeadEnds heads = new LoadOrigin.HeadEnds();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf input = (ByteBuf) message;
            if (kind == 0) {
                kind = input.getByte(input.readerIndex());
            }
            switch (kind) {
                case LoadOrigin.ECHO -> ctx.write(input.retain());
                case LoadOrigin.SOURCE -> fill(ctx);
                case LoadOrigin.HTTP ->
                    input.forEachByte(next -> {
                        if (heads.endsHead(next)) {
                            ctx.write(RESPONSE.duplicate());
                        }
                        return true;
                    });
                default -> {
                    // a sink counts nothing here
                }
            }
            input.release();
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.flush();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            if (kind == LoadOrigin.SOURCE) {
                fill(ctx);
                ctx.flush();
            }
        }

        private static void fill(ChannelHandlerContext ctx) {
            while (ctx.channel().isWritable()) {
                ctx.write(BULK.duplicate());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // a reset is how bulk loads end
        }
    }
}
