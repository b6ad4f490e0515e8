package dev.reversetunnel.users;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/** Services of members, in this JVM: they answer whatever comes with their name, and with who has asked. */
final class Services {
    private Services() {}

    /**
     * A service for streams or datagrams.
     *
     * @param name such as {@code nas tcp 80}
     */
    static Outbound answering(String name) {
        return Outbound.handler(new Answering(name));
    }

    @Sharable
    private static final class Answering extends ChannelInboundHandlerAdapter {
        private final String name;

        private Answering(String name) {
            this.name = name;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            InetSocketAddress source = Request.of(ctx.channel()).source();
            String answer = name + " to " + (source == null ? "nobody" : source.getHostString());
            var bytes = Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII);
            ctx.writeAndFlush(message instanceof Datagram datagram ? new Datagram(datagram.peer(), bytes) : bytes);
            ReferenceCountUtil.release(message);
        }
    }
}
