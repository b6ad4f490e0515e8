package dev.reversetunnel;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpContext;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpPrincipal;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One request and its answer, as a handler of the JDK's HTTP server sees them; and the task that runs the handler. */
final class ChannelHttpExchange extends HttpExchange implements Runnable {
    private static final Logger log = LoggerFactory.getLogger(ChannelHttpExchange.class);

    private final HttpSession session;
    private final ChannelHandlerContext ctx;
    private final HttpRequest request;
    private final URI uri;
    private final RequestBody requestBody;
    private final ResponseBody responseBody;
    private final Headers responseHeaders = new Headers();
    private final Map<String, Object> attributes = new ConcurrentHashMap<>(0);
    private @Nullable Headers requestHeaders;
    private InputStream input;
    private OutputStream output;
    private volatile int responseCode = -1;
    private volatile boolean last;
    private volatile HttpResponseStatus statusOnFailure = HttpResponseStatus.INTERNAL_SERVER_ERROR;

    /**
     * A request whose head has come.
     *
     * @param session whose request it is
     * @param ctx where the answer is written
     * @param request the head
     * @param uri its target, parsed
     */
    ChannelHttpExchange(HttpSession session, ChannelHandlerContext ctx, HttpRequest request, URI uri) {
        this.session = session;
        this.ctx = ctx;
        this.request = request;
        this.uri = uri;
        long announced = HttpUtil.isTransferEncodingChunked(request) ? -1 : HttpUtil.getContentLength(request, 0L);
        boolean continueWanted = announced != 0 && HttpUtil.is100ContinueExpected(request);
        requestBody = new RequestBody(session, announced, continueWanted ? this::sendContinue : null);
        responseBody = new ResponseBody(this, session, ctx);
        input = requestBody;
        output = responseBody;
    }

    /** Runs the handler. */
    @Override
    public void run() {
        if (ctx.executor().inEventLoop()) {
            log.warn(
                    "HTTP handler not run: its executor runs tasks on an event loop (expected: in threads of its own)");
            responseBody.abort(HttpResponseStatus.INTERNAL_SERVER_ERROR);
            return;
        }
        if (responseBody.hasFailed()) {
            return; // the client went away while the task waited for its thread
        }
        try {
            session.outbound().handler().handle(this);
            responseBody.closeIfComplete();
        } catch (Throwable failure) { // an Error of a handler, too, is the end of its request only
            failed(failure);
        }
    }

    /** Ends the exchange from outside the handler. */
    void refuse(HttpResponseStatus status) {
        last = true;
        requestBody.close();
        responseBody.abort(status);
    }

    /** The client went away. */
    void fail(IOException cause) {
        requestBody.fail(cause);
        responseBody.fail(cause);
    }

    /** The request will never be complete; the handler may still answer, for the last time on this session. */
    void failRequest(HttpResponseStatus status, String why) {
        last = true;
        statusOnFailure = status;
        requestBody.fail(new IOException(why));
    }

    RequestBody requestBody() {
        return requestBody;
    }

    ResponseBody responseBody() {
        return responseBody;
    }

    /** Whether the session ends with this exchange. */
    boolean isLast() {
        return last;
    }

    boolean isHttp11() {
        return request.protocolVersion().equals(HttpVersion.HTTP_1_1);
    }

    boolean canSkipRest() {
        return requestBody.canBeSkipped();
    }

    /** Decides whether the session outlives the exchange, and tells the client. */
    void tellPersistence(HttpHeaders headers, boolean possible) {
        boolean refused = headers.containsValue(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE, true);
        if (last || !possible || refused || !HttpUtil.isKeepAlive(request)) {
            last = true;
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        } else if (!isHttp11()) {
            headers.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.KEEP_ALIVE);
        }
    }

    /** An answer without a body, made here. */
    FullHttpResponse plain(HttpResponseStatus status) {
        responseCode = status.code();
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        response.headers().set(HttpHeaderNames.DATE, HttpDate.now()).set(HttpHeaderNames.CONTENT_LENGTH, 0);
        tellPersistence(response.headers(), canSkipRest());
        return response;
    }

    @Override
    public void sendResponseHeaders(int code, long length) throws IOException {
        if (code < 200 || code > 999) {
            throw new IOException("response code: " + code + " (expected: 200~999)");
        }
        if (length < -1) {
            throw new IOException("response length: " + length + " (expected: >= -1)");
        }
        boolean head = HttpMethod.HEAD.equals(request.method());
        boolean bodiless = head || code == 204 || code == 304;
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code));
        HttpHeaders headers = response.headers();
        try {
            for (Map.Entry<String, List<String>> field : responseHeaders.entrySet()) {
                headers.add(field.getKey(), field.getValue());
            }
        } catch (IllegalArgumentException e) {
            throw new IOException("response header: a name or value that HTTP does not allow", e);
        }
        headers.remove(HttpHeaderNames.TRANSFER_ENCODING);
        if (!head && code != 304) {
            headers.remove(HttpHeaderNames.CONTENT_LENGTH);
        } else if (head && length > 0) {
            headers.set(HttpHeaderNames.CONTENT_LENGTH, length);
        }
        headers.set(HttpHeaderNames.DATE, HttpDate.now());
        boolean over = length == -1 || code == 204 || code == 304;
        responseBody.start(response, over ? 0 : length == 0 ? ResponseBody.UNKNOWN : length, bodiless);
        responseCode = code;
        if (over) {
            responseBody.close();
        }
    }

    @Override
    public void close() {
        try {
            input.close();
            output.close();
        } catch (IOException e) {
            log.debug("HTTP exchange closed before its end: {}", e.getMessage());
        }
        if (responseCode == -1) {
            session.reset(this); // closed without an answer
        }
    }

    @Override
    public Headers getRequestHeaders() {
        Headers headers = requestHeaders;
        if (headers == null) {
            headers = new Headers();
            for (Map.Entry<String, String> field : request.headers()) {
                headers.add(field.getKey(), field.getValue());
            }
            requestHeaders = headers;
        }
        return headers;
    }

    @Override
    public Headers getResponseHeaders() {
        return responseHeaders;
    }

    @Override
    public URI getRequestURI() {
        return uri;
    }

    @Override
    public String getRequestMethod() {
        return request.method().name();
    }

    @Override
    public String getProtocol() {
        return request.protocolVersion().text();
    }

    @Override
    public HttpContext getHttpContext() {
        return session.outbound().context();
    }

    @Override
    public InputStream getRequestBody() {
        return input;
    }

    @Override
    public OutputStream getResponseBody() {
        return output;
    }

    @Override
    public void setStreams(@Nullable InputStream in, @Nullable OutputStream out) {
        if (in != null) {
            input = in;
        }
        if (out != null) {
            output = out;
        }
    }

    @Override
    public InetSocketAddress getRemoteAddress() {
        InetSocketAddress source = session.request().source();
        return source != null ? source : InetSocketAddress.createUnresolved("unknown", 0);
    }

    @Override
    public InetSocketAddress getLocalAddress() {
        InetSocketAddress local = session.request().local();
        return local != null
                ? local
                : InetSocketAddress.createUnresolved(
                        session.request().destination().host(),
                        session.request().destination().port());
    }

    @Override
    public int getResponseCode() {
        return responseCode;
    }

    @Override
    public @Nullable Object getAttribute(String name) {
        return attributes.get(name);
    }

    @Override
    public void setAttribute(String name, @Nullable Object value) {
        if (value == null) {
            attributes.remove(name);
        } else {
            attributes.put(name, value);
        }
    }

    @Override
    public @Nullable HttpPrincipal getPrincipal() {
        return null;
    }

    private void sendContinue() {
        if (!responseBody.hasLeft()) {
            ctx.writeAndFlush(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER));
        }
    }

    private void failed(Throwable failure) {
        if (responseBody.hasFailed() || !statusOnFailure.equals(HttpResponseStatus.INTERNAL_SERVER_ERROR)) {
            log.debug("HTTP handler ended, for its client went away or sent nonsense", failure);
        } else if (log.isWarnEnabled()) {
            // no message: it may quote what the client sent
            StackTraceElement[] trace = failure.getStackTrace();
            log.warn(
                    "HTTP handler failed: {}{}",
                    failure.getClass().getName(),
                    trace.length == 0 ? "" : " at " + trace[0]);
            log.debug("HTTP handler failed", failure);
        }
        responseBody.abort(statusOnFailure);
    }
}
