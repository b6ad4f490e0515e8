package dev.reversetunnel.websocket;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.layer.Outcome;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.time.Duration;
import java.util.Base64;
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
    record Asking(WebSocketPath path, String host, Map<String, String> headers, Duration pingEvery) {}

    private final Asking asking;
    private final String key =
            Base64.getEncoder().encodeToString(Randomness.secure().bytes(16));
    private @Nullable HttpResponse response;

    private ClientGate(Asking asking, ChannelHandler protocol, Supplier<Duration> patience, Outcome outcome) {
        super(protocol, patience, outcome);
        this.asking = asking;
    }

    static void install(
            Channel channel, Asking asking, ChannelHandler protocol, Supplier<Duration> patience, Outcome outcome) {
        channel.pipeline()
                .addLast(
                        new HttpClientCodec(Handshake.MAX_LINE, Handshake.MAX_HEADERS, Handshake.MAX_HEADERS),
                        new ClientGate(asking, protocol, patience, outcome));
    }

    @Override
    protected void begin(ChannelHandlerContext ctx) {
        FullHttpRequest request = new DefaultFullHttpRequest(
                HttpVersion.HTTP_1_1, HttpMethod.GET, asking.path().toString());
        request.headers()
                .set(HttpHeaderNames.HOST, asking.host())
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION)
                .set(HttpHeaderNames.SEC_WEBSOCKET_KEY, key);
        asking.headers().forEach((name, value) -> request.headers().set(name, value));
        ctx.writeAndFlush(request);
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpResponse begun) {
                response = begun;
                check(ctx, begun);
            }
            if (message instanceof LastHttpContent && response != null) {
                upgrade(ctx);
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
        } else if (!Handshake.upgrades(answer.headers())
                || !Handshake.accept(key).equals(answer.headers().get(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT))) {
            fail(ctx, new UpgradeException("what is there does not speak WebSocket; is there a proxy in between?"));
        }
    }

    private void upgrade(ChannelHandlerContext ctx) {
        if (!isShaking()) {
            return; // was refused
        }
        ctx.pipeline().addBefore(ctx.name(), null, WebSocketStream.ofClient(asking.pingEvery(), Randomness.secure()));
        succeed(ctx);
        ctx.pipeline().remove(HttpClientCodec.class); // hands on what it has not looked at
    }
}
