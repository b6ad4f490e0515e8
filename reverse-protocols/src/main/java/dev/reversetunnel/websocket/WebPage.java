package dev.reversetunnel.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/** What a web server says that has nothing. */
final class WebPage {
    private static final String TEXT =
            "<!DOCTYPE html>\n<html><head><title>%1$s</title></head><body><h1>%1$s</h1></body></html>\n";

    private WebPage() {}

    static FullHttpResponse of(HttpResponseStatus status, HttpRequest asked, boolean keepAlive, Clock clock) {
        byte[] page = TEXT.formatted(status).getBytes(StandardCharsets.US_ASCII);
        boolean isHead = asked.method().equals(HttpMethod.HEAD);
        ByteBuf body = isHead ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(page);
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, body);
        response.headers()
                .set(
                        HttpHeaderNames.DATE,
                        DateTimeFormatter.RFC_1123_DATE_TIME.format(
                                clock.instant().atOffset(ZoneOffset.UTC)))
                .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_HTML)
                .set(HttpHeaderNames.CONTENT_LENGTH, page.length);
        if (status.equals(HttpResponseStatus.UPGRADE_REQUIRED)) { // RFC 6455, 4.2.2
            response.headers().set(HttpHeaderNames.SEC_WEBSOCKET_VERSION, WebSocketVersion.V13.toHttpHeaderValue());
        }
        HttpUtil.setKeepAlive(response.headers(), asked.protocolVersion(), keepAlive);
        return response;
    }
}
