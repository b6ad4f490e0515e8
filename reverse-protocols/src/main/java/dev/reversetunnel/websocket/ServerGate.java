package dev.reversetunnel.websocket;

import dev.reversetunnel.door.Door;
import dev.reversetunnel.layer.LayerDoor;
import dev.reversetunnel.layer.LayerGate;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
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
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Looks like a web server that has nothing. Who asks in due form for a WebSocket at our path gets one; everybody else
 * may ask again, as long as his time lasts.
 */
final class ServerGate extends LayerGate {
    private static final byte[] NOTHING =
            "<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head><body><h1>Not Found</h1></body></html>\n"
                    .getBytes(StandardCharsets.US_ASCII);

    /** What holds for all connections. */
    record Rules(WebSocketPath path, Hosts hosts, ForwardedFor forwarded, Duration pingEvery) {}

    private final Rules rules;
    private final Supplier<ZonedDateTime> clock;
    private @Nullable HttpRequest request;

    private ServerGate(
            Rules rules,
            Supplier<ZonedDateTime> clock,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            LayerDoor door) {
        super(protocol, patience, door);
        this.rules = rules;
        this.clock = clock;
    }

    static void install(
            Channel channel,
            Rules rules,
            Supplier<ZonedDateTime> clock,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            LayerDoor door) {
        channel.pipeline()
                .addLast(
                        new HttpServerCodec(Handshake.MAX_LINE, Handshake.MAX_HEADERS, Handshake.MAX_HEADERS),
                        new ServerGate(rules, clock, protocol, patience, door));
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpRequest begun) {
                request = begun;
            }
            HttpRequest asked = request;
            if (asked == null) {
                return; // what is left of a request that was refused
            }
            if (asked.decoderResult().isFailure()) {
                request = null;
                answer(ctx, asked, HttpResponseStatus.BAD_REQUEST, false);
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
        String key = headers.get(HttpHeaderNames.SEC_WEBSOCKET_KEY, "");
        boolean isOurs = asked.method().equals(HttpMethod.GET)
                && asked.protocolVersion().equals(HttpVersion.HTTP_1_1)
                && rules.path().matches(asked.uri())
                && rules.hosts().include(headers.get(HttpHeaderNames.HOST))
                && Handshake.upgrades(headers)
                && Handshake.isKey(key);
        if (!isOurs) {
            answer(ctx, asked, HttpResponseStatus.NOT_FOUND, HttpUtil.isKeepAlive(asked));
        } else if (!Handshake.VERSION.equals(headers.get(HttpHeaderNames.SEC_WEBSOCKET_VERSION))) {
            answer(ctx, asked, HttpResponseStatus.UPGRADE_REQUIRED, HttpUtil.isKeepAlive(asked));
        } else {
            upgrade(ctx, headers, key);
        }
    }

    private void upgrade(ChannelHandlerContext ctx, HttpHeaders headers, String key) {
        FullHttpResponse granted = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
        granted.headers()
                .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE)
                .set(HttpHeaderNames.SEC_WEBSOCKET_ACCEPT, Handshake.accept(key));
        String offered = headers.get(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL);
        byte[] early = offered == null ? new byte[0] : early(offered);
        if (early.length > 0) {
            granted.headers().set(HttpHeaderNames.SEC_WEBSOCKET_PROTOCOL, offered); // clients insist on an answer
        }
        var source = rules.forwarded().source(Door.inet(ctx.channel().remoteAddress()), headers);
        if (source != null) {
            Door.speaksFor(ctx.channel(), source);
        }
        ctx.writeAndFlush(granted);
        WebSocketStream stream = WebSocketStream.ofServer(rules.pingEvery());
        ctx.pipeline().addBefore(ctx.name(), null, stream);
        succeed(ctx);
        if (early.length > 0) {
            ctx.pipeline().context(stream).fireChannelRead(Unpooled.wrappedBuffer(early));
        }
        ctx.pipeline().remove(HttpServerCodec.class); // hands on what it has not looked at
    }

    /** V2Ray and Xray may send the first bytes of the stream along with the request ({@code ?ed=2048} in a path). */
    private static byte[] early(String offered) {
        try {
            return Base64.getUrlDecoder().decode(offered.replace('+', '-').replace('/', '_'));
        } catch (IllegalArgumentException e) {
            return new byte[0];
        }
    }

    private void answer(ChannelHandlerContext ctx, HttpRequest asked, HttpResponseStatus status, boolean keepAlive) {
        boolean isHead = asked.method().equals(HttpMethod.HEAD);
        boolean isNotFound = status.equals(HttpResponseStatus.NOT_FOUND);
        ByteBuf body = isNotFound && !isHead ? Unpooled.wrappedBuffer(NOTHING) : Unpooled.EMPTY_BUFFER;
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(HttpHeaderNames.DATE, DateTimeFormatter.RFC_1123_DATE_TIME.format(clock.get()))
                .set(HttpHeaderNames.CONTENT_LENGTH, isNotFound ? NOTHING.length : 0);
        if (isNotFound) {
            response.headers().set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_HTML);
        }
        if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) {
            response.headers()
                    .set(HttpHeaderNames.UPGRADE, HttpHeaderValues.WEBSOCKET)
                    .set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, Handshake.VERSION);
        }
        HttpUtil.setKeepAlive(response.headers(), asked.protocolVersion(), keepAlive);
        var written = ctx.writeAndFlush(response);
        if (!keepAlive) {
            written.addListener(ChannelFutureListener.CLOSE);
        }
    }

    static Supplier<ZonedDateTime> clock(java.time.Clock clock) {
        return () -> ZonedDateTime.ofInstant(clock.instant(), ZoneOffset.UTC);
    }
}
