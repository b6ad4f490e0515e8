package dev.reversetunnel.http;

import dev.reversetunnel.RefusedException;
import io.netty.buffer.Unpooled;
import io.netty.channel.ConnectTimeoutException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;

/** What a server says. */
final class HttpAnswers {
    /** In bytes, for by then Netty's codec has left. */
    static final byte[] CONNECTED = "HTTP/1.1 200 Connection established\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private HttpAnswers() {}

    static FullHttpResponse tooLarge() {
        return response(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The head of the request is too long.");
    }

    static FullHttpResponse badRequest() {
        return response(HttpResponseStatus.BAD_REQUEST, "Expected: CONNECT host:port, without a body.");
    }

    static FullHttpResponse connectOnly() {
        FullHttpResponse response = response(
                HttpResponseStatus.METHOD_NOT_ALLOWED,
                "This proxy takes CONNECT only, as for https. For plain http, use its SOCKS5 port if it has one.");
        response.headers().set(HttpHeaderNames.ALLOW, "CONNECT");
        return response;
    }

    static FullHttpResponse whoIsIt() {
        FullHttpResponse response =
                response(HttpResponseStatus.PROXY_AUTHENTICATION_REQUIRED, "Name and password, please.");
        response.headers().set(HttpHeaderNames.PROXY_AUTHENTICATE, "Basic realm=\"proxy\", charset=\"UTF-8\"");
        return response;
    }

    private static FullHttpResponse response(HttpResponseStatus status, String text) {
        byte[] body = (text + "\n").getBytes(StandardCharsets.US_ASCII);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        response.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=us-ascii")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.length)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        return response;
    }

    /** In bytes as well. */
    static byte[] failure(Throwable cause) {
        HttpResponseStatus status = status(cause);
        return ("HTTP/1.1 " + status + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                .getBytes(StandardCharsets.US_ASCII);
    }

    private static HttpResponseStatus status(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedException) {
                return HttpResponseStatus.FORBIDDEN;
            }
            if (cause instanceof SocketTimeoutException || cause instanceof ConnectTimeoutException) {
                return HttpResponseStatus.GATEWAY_TIMEOUT;
            }
        }
        return HttpResponseStatus.BAD_GATEWAY;
    }
}
