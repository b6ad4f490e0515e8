package dev.reversetunnel.websocket;

import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.layer.Outcome;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshakeException;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Asks a web server for a WebSocket. */
final class ClientGate extends LayerGate {
    /**
     * What is asked for.
     *
     * @param host value of the header
     * @param headers more of them
     */
    record Asking(WebSocketPath path, String host, Map<String, String> headers, Framing framing) {
        private HttpHeaders all() {
            HttpHeaders all = new DefaultHttpHeaders().set(HttpHeaderNames.HOST, host);
            headers.forEach(all::set);
            return all;
        }
    }

    private final Asking asking;
    private final ClientHandshaker handshaker;
    private final WebSocketStream stream;
    private @Nullable HttpResponse response;

    private ClientGate(
            Asking asking,
            WebSocketStream stream,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            Outcome outcome) {
        super(protocol, patience, outcome);
        this.asking = asking;
        this.stream = stream;
        this.handshaker = new ClientHandshaker(asking.path(), asking.all(), asking.framing());
    }

    static void install(
            Channel channel, Asking asking, ChannelHandler protocol, Supplier<Duration> patience, Outcome outcome) {
        WebSocketStream stream = new WebSocketStream(asking.framing().pingEvery());
        channel.pipeline()
                .addLast(
                        new HttpClientCodec(Framing.MAX_LINE, Framing.MAX_HEADERS, Framing.MAX_HEADERS),
                        stream,
                        new ClientGate(asking, stream, protocol, patience, outcome));
    }

    @Override
    protected void begin(ChannelHandlerContext ctx) {
        handshaker.handshake(ctx.channel()).addListener(asked -> {
            if (!asked.isSuccess()) {
                fail(ctx, asked.cause());
            }
        });
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpResponse begun) {
                response = begun;
                check(ctx, begun);
            }
            HttpResponse granted = response;
            if (message instanceof LastHttpContent && granted != null && isShaking()) {
                finish(ctx, granted);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void check(ChannelHandlerContext ctx, HttpResponse answer) {
        if (answer.decoderResult().isFailure()) {
            fail(ctx, new UpgradeException("what is there does not speak HTTP; is that the right port?"));
        } else if (!answer.status().equals(HttpResponseStatus.SWITCHING_PROTOCOLS)) {
            fail(ctx, UpgradeException.refused(answer.status(), asking.path()));
        }
    }

    private void finish(ChannelHandlerContext ctx, HttpResponse granted) {
        FullHttpResponse whole = new DefaultFullHttpResponse(
                granted.protocolVersion(),
                granted.status(),
                Unpooled.EMPTY_BUFFER,
                granted.headers(),
                EmptyHttpHeaders.INSTANCE);
        try {
            handshaker.finishHandshake(ctx.channel(), whole);
        } catch (WebSocketClientHandshakeException e) {
            fail(ctx, new UpgradeException("what is there does not speak WebSocket; is there a proxy in between?"));
            return;
        }
        stream.open(ctx.pipeline().context(stream));
        succeed(ctx);
    }
}
