package dev.reversetunnel;

import com.sun.net.httpserver.HttpHandler;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Executor;

/**
 * Answers HTTP in this JVM: a session is handed to a {@link HttpHandler} without a TCP hop and without a port.
 * Immutable; may serve several nodes.
 *
 * <p>Speaks HTTP/1.1 and HTTP/1.0 with keep-alive and pipelining (<a href="https://www.rfc-editor.org/rfc/rfc9112">RFC
 * 9112</a>). Handlers run on the {@linkplain #executor(Executor) executor}, one at a time for each session, never on an
 * event loop, and may block: reading the request waits for the client, and writing the response waits while the client
 * does not read. A handler may return and answer later from another thread; its exchange lasts until it is closed.
 *
 * <p>What a handler sees follows {@code com.sun.net.httpserver}, and where that leaves room:
 *
 * <ul>
 *   <li>The response's head leaves with the first 8 KiB of its body, with {@code flush()}, or with {@code close()}. Up
 *       to then a handler that throws becomes a 500; after that it resets the connection.
 *   <li>{@code sendResponseHeaders(code, 0)}: chunked, or with a {@code Content-Length} if all of it fits in those 8
 *       KiB. To HTTP/1.0 the end of the connection is the end of the body. Informational codes (1xx) are refused.
 *   <li>{@code Expect: 100-continue} is answered when the handler first waits for the body.
 *   <li>A body that the handler leaves unread is skipped if it is short (64 KiB), else the connection is closed.
 *   <li>{@code getRemoteAddress()} is that of {@link Request#source()}; if it is not known, an unresolved
 *       {@code unknown:0}. {@code getLocalAddress()} is that of {@link Request#local()}; if it is not known, the
 *       destination that was asked for, unresolved.
 *   <li>{@code getHttpContext()} has the path "/", attributes, no filters and no authenticator; its
 *       {@code getServer()}, {@code setHandler} and {@code setAuthenticator} throw
 *       {@link UnsupportedOperationException}. {@code getPrincipal()} is null. {@code getAttribute} belongs to the
 *       exchange alone.
 *   <li>When the client goes away, reads and writes of the exchange throw an {@link java.io.IOException}; the handler's
 *       thread is not interrupted.
 * </ul>
 */
public final class HttpOutbound implements Outbound {
    private static final int DEFAULT_MAX_HEADER_BYTES = 32 * 1024;

    private final HttpHandler handler;
    private final HttpHandlerContext context;
    private final Executor executor;
    private final Duration requestTimeout;
    private final Duration idleTimeout;
    private final int maxHeaderBytes;

    /**
     * With the defaults.
     *
     * @param handler answers the requests
     */
    HttpOutbound(HttpHandler handler) {
        this(
                Objects.requireNonNull(handler, "handler"),
                new HandlerThreads(),
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                DEFAULT_MAX_HEADER_BYTES);
    }

    private HttpOutbound(
            HttpHandler handler, Executor executor, Duration requestTimeout, Duration idleTimeout, int maxHeaderBytes) {
        this.handler = handler;
        this.context = new HttpHandlerContext(handler);
        this.executor = executor;
        this.requestTimeout = requestTimeout;
        this.idleTimeout = idleTimeout;
        this.maxHeaderBytes = maxHeaderBytes;
    }

    /**
     * Chooses who runs the handler. The default is a pool of this outbound's own: daemon threads that are started on
     * demand, at most 256, and end when they were idle for 5 seconds; requests beyond that wait for a free one. On JDK
     * 21 and newer consider {@code Executors.newVirtualThreadPerTaskExecutor()}.
     *
     * @param executor runs each request as one task; belongs to the caller. When it rejects one, the client is told
     *     503. It must not run tasks in the calling thread, which is an event loop: such a request is answered with 500
     * @return a copy with this executor
     */
    public HttpOutbound executor(Executor executor) {
        return new HttpOutbound(
                handler, Objects.requireNonNull(executor, "executor"), requestTimeout, idleTimeout, maxHeaderBytes);
    }

    /**
     * Chooses how long to wait for a client that is due to send: for the whole head of the first request of a session,
     * and for each further 16 KiB of a request's body, or its end. Default 30 seconds. When a head is late, the session
     * is closed; when a body is late, the handler's read throws, and the client is told 408 if the response has not
     * begun. Time in which the handler does not read is not counted.
     *
     * @param timeout the time; zero waits for ever
     * @return a copy with this time
     * @throws IllegalArgumentException if it is negative
     */
    public HttpOutbound requestTimeout(Duration timeout) {
        return new HttpOutbound(handler, executor, checked("requestTimeout", timeout), idleTimeout, maxHeaderBytes);
    }

    /**
     * Chooses how long a session is kept for the next request, up to the end of its head. Default 60 seconds.
     *
     * @param timeout the time; zero waits for ever
     * @return a copy with this time
     * @throws IllegalArgumentException if it is negative
     */
    public HttpOutbound idleTimeout(Duration timeout) {
        return new HttpOutbound(handler, executor, requestTimeout, checked("idleTimeout", timeout), maxHeaderBytes);
    }

    /**
     * Chooses how long the header fields of a request may be in all. Default 32 KiB. Beyond it the client is told 431,
     * and 414 if the request line is longer than 8 KiB.
     *
     * @param bytes the limit, in bytes
     * @return a copy with this limit
     * @throws IllegalArgumentException if it is not positive
     */
    public HttpOutbound maxHeaderBytes(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException("maxHeaderBytes: " + bytes + " (expected: > 0)");
        }
        return new HttpOutbound(handler, executor, requestTimeout, idleTimeout, bytes);
    }

    /** Fails: a handler has no channel of its own, it only {@linkplain #take takes over} that of who asked. */
    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return dialer.loop()
                .newFailedFuture(
                        new TunnelException("an HTTP handler cannot be connected to, it only takes sessions over"
                                + " (call Outbound.take, or put a port in front of it)"));
    }

    /** Installs itself at the end of the channel's pipeline, and starts to read. */
    @Override
    public void take(Request request, Channel channel, Relay relay) {
        if (request.destination().network() == Network.UDP) {
            relay.join(
                    request,
                    channel,
                    channel.eventLoop()
                            .newFailedFuture(new RefusedException("HTTP/1.1 is not spoken over datagrams; send them to"
                                    + " another outbound by a rule for their network")));
            return;
        }
        HttpSession.install(this, request, channel);
    }

    HttpHandler handler() {
        return handler;
    }

    HttpHandlerContext context() {
        return context;
    }

    Executor executor() {
        return executor;
    }

    Duration requestTimeout() {
        return requestTimeout;
    }

    Duration idleTimeout() {
        return idleTimeout;
    }

    int maxHeaderBytes() {
        return maxHeaderBytes;
    }

    private static Duration checked(String name, Duration timeout) {
        if (timeout.isNegative()) {
            throw new IllegalArgumentException(name + ": " + timeout + " (expected: >= 0)");
        }
        return timeout;
    }
}
