package dev.reversetunnel.config;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * Ends every session at once.
 *
 * @param answersHttp whether it says 403 before
 */
record BlackholeOutbound(boolean answersHttp) implements OutboundSettings {
    private static final Map<String, Boolean> TYPES = Map.of("none", false, "http", true, "", false);

    static OutboundSettings read(Section settings) {
        Boolean http = settings.sectionOrEmpty("response", "blackhole response").oneOf("type", TYPES);
        return new BlackholeOutbound(Boolean.TRUE.equals(http));
    }

    @Override
    public String protocol() {
        return "blackhole";
    }

    @Override
    public List<Endpoint> endpoints() {
        return List.of();
    }

    @Override
    public Outbound build(Transport transport) {
        return answersHttp ? Outbound.handler(new Forbidden()) : Outbound.refuse();
    }

    @Override
    public Json print(Format format) {
        return answersHttp ? Json.object().with("response", Json.object().with("type", "http")) : Json.object();
    }

    /** Answers whatever is asked, and whoever says nothing, as there. */
    @ChannelHandler.Sharable
    private static final class Forbidden extends ChannelInitializer<Channel> {
        /** Of V2Ray (4.34), but with the line ends of RFC 9112. */
        private static final String ANSWER =
                "HTTP/1.1 403 Forbidden\r\nConnection: close\r\nCache-Control: max-age=3600,"
                        + " public\r\nContent-Length: 0\r\n\r\n";

        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void handlerAdded(ChannelHandlerContext ctx) {
                    ByteBuf answer = ByteBufUtil.encodeString(
                            ctx.alloc(), java.nio.CharBuffer.wrap(ANSWER), StandardCharsets.US_ASCII);
                    ctx.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
                }
            });
        }
    }
}
