package dev.reversetunnel.interop;

import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.TextWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;

/** An application on a bridge's sessions: a page, and an echo by WebSocket at {@code /chat}; in TLS or without. */
final class ChatRoom extends ChannelInitializer<Channel> {
    private static final int MAX_REQUEST = 4_096;

    private final SslContext tls;

    ChatRoom(SslContext tls) {
        this.tls = tls;
    }

    @Override
    protected void initChannel(Channel session) {
        session.pipeline()
                .addLast(
                        new OptionalSslHandler(tls),
                        new HttpServerCodec(),
                        new HttpObjectAggregator(MAX_REQUEST),
                        new WebSocketServerProtocolHandler("/chat"),
                        new Echo(),
                        new Page());
    }

    private static final class Echo extends SimpleChannelInboundHandler<TextWebSocketFrame> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, TextWebSocketFrame said) {
            ctx.writeAndFlush(said.retain());
        }
    }

    private static final class Page extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
            DefaultFullHttpResponse page = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.OK, ByteBufUtil.writeAscii(ctx.alloc(), "the chat"));
            HttpUtil.setContentLength(page, page.content().readableBytes());
            ctx.writeAndFlush(page);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close(); // the visitor has gone
        }
    }
}
