package dev.reversetunnel.websocket;

import dev.reversetunnel.ChannelAddresses;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.layer.LayerDoor;
import dev.reversetunnel.layer.LayerGate;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks like a web server that has nothing. Who asks in due form for a WebSocket at our path gets one; everybody else
 * may ask again, as long as his time lasts.
 */
final class ServerGate extends LayerGate {
    /** The nonce of a client is 16 bytes, so many signs in Base64. */
    private static final int KEY_LENGTH = 24;

    /** What holds for all connections. */
    record Rules(WebSocketPath path, Hosts hosts, ForwardedFor forwarded, Framing framing, Clock clock) {}

    private final Rules rules;
    private @Nullable HttpRequest request;

    private ServerGate(Rules rules, ChannelHandler protocol, Supplier<Duration> patience, LayerDoor door) {
        super(protocol, patience, door);
        this.rules = rules;
    }

    static void install(
            Channel channel, Rules rules, ChannelHandler protocol, Supplier<Duration> patience, LayerDoor door) {
        channel.pipeline()
                .addLast(
                        new HttpServerCodec(Framing.MAX_LINE, Framing.MAX_HEADERS, Framing.MAX_HEADERS),
                        new ServerGate(rules, protocol, patience, door));
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof WebSocketFrame) {
                fail(ctx, new IOException("it did not wait for our answer"));
                return;
            }
            if (message instanceof HttpRequest begun) {
                request = begun;
            }
            HttpRequest asked = request;
            if (asked == null) {
                return; // what is left of a request that was refused
            }
            if (asked.decoderResult().isFailure()) {
                request = null;
                answer(ctx, HttpResponseStatus.BAD_REQUEST, asked, false);
            } else if (message instanceof LastHttpContent) {
                request = null;
                decide(ctx, asked);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void decide(ChannelHandlerContext ctx, HttpRequest asked) {
        HttpHeaders headers = asked.headers();
        boolean isOurs = asked.method().equals(HttpMethod.GET)
                && asked.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && rules.path().matches(asked.uri())
                && rules.hosts().include(headers.get(HttpHeaderNames.HOST))
                && headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE, true)
                && headers.contains(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET, true)
                && headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "").length() == KEY_LENGTH;
        if (!isOurs) {
            answer(ctx, HttpResponseStatus.NOT_FOUND, asked, HttpUtil.isKeepAlive(asked));
        } else if (!headers.contains(
                HttpHeaderNames.SEC_WEBSOCKET_VERSION, WebSocketVersion.V13.toHttpHeaderValue(), false)) {
            answer(ctx, HttpResponseStatus.UPGRADE_REQUIRED, asked, HttpUtil.isKeepAlive(asked));
        } else {
            grant(ctx, asked);
        }
    }

    private void answer(ChannelHandlerContext ctx, HttpResponseStatus status, HttpRequest asked, boolean keepAlive) {
        ChannelFuture written = ctx.writeAndFlush(WebPage.of(status, asked, keepAlive, rules.clock()));
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    private void grant(ChannelHandlerContext ctx, HttpRequest asked) {
        InetSocketAddress source = rules.forwarded().source(Door.source(ctx.channel()), asked.headers());
        if (source != null) {
            ChannelAddresses.name(ctx.channel(), source, null);
        }
        HttpHeaders extra = new DefaultHttpHeaders();
        String offered = asked.headers().get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        byte[] early = offered == null ? new byte[0] : early(offered);
        if (early.length > 0) {
            extra.set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, offered); // clients insist on an answer
        }
        WebSocketStream stream = WebSocketStream.ofServer(rules.framing().pingEvery());
        ctx.pipeline().addBefore(ctx.name(), null, stream);
        FullHttpRequest whole = new DefaultFullHttpRequest(
                asked.protocolVersion(),
                asked.method(),
                asked.uri(),
                Unpooled.EMPTY_BUFFER,
                asked.headers(),
                EmptyHttpHeaders.INSTANCE);
        new WebSocketServerHandshaker13("", null, rules.framing().decoder(true))
                .handshake(ctx.channel(), whole, extra, ctx.newPromise())
                .addListener(granted -> {
                    if (!granted.isSuccess()) {
                        fail(ctx, granted.cause());
                        return;
                    }
                    stream.open(ctx.pipeline().context(stream));
                    succeed(ctx);
                    if (early.length > 0) {
                        ctx.pipeline().context(stream).fireChannelRead(Unpooled.wrappedBuffer(early));
                    }
                });
    }

    /** V2Ray and Xray may send the first bytes of the stream along with the request ({@code ?ed=2048} in a path). */
    private static byte[] early(String offered) {
        try {
            return Base64.getUrlDecoder().decode(offered.replace('+', '-').replace('/', '_'));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }
}
