package dev.reversetunnel;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The server's end of one HTTP connection: runs its requests one after the other and keeps their answers in order.
 * Behind an {@link HttpServerCodec}; fields are touched on the event loop only.
 */
final class HttpSession extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(HttpSession.class);
    private static final int MAX_LINE_BYTES = 8 * 1024;
    private static final int MAX_CHUNK_BYTES = 64 * 1024; // as much as one read brings
    private static final int MAX_WAITING = 32; // parts of pipelined requests; then reading pauses
    private static final int PROGRESS_BYTES = 16 * 1024; // of a body, for each request timeout

    private final HttpOutbound outbound;
    private final Request request;
    private final Channel channel;
    private final Queue<Object> waiting = new ArrayDeque<>(0);
    private final Deadline deadline;
    private final Farewell farewell;
    private @Nullable ChannelHandlerContext context;
    private @Nullable ChannelHttpExchange exchange;
    private State state = State.IDLE;
    private boolean inputEnded;
    private boolean incomplete; // the latest request
    private int progress;

    /** Life of a session. IDLE ▶ RECEIVING ▶ ANSWERING ▶ IDLE; RECEIVING ▶ DRAINING ▶ IDLE; any ▶ CLOSING. */
    private enum State {
        /** No request. */
        IDLE,
        /** A handler is at work, and the body of its request is still coming. */
        RECEIVING,
        /** A handler is at work, and its request is complete, or never will be. What comes now waits. */
        ANSWERING,
        /** The answer is out, and the rest of the request's body is skipped. */
        DRAINING,
        /** The last answer is out, or the client is gone. What comes is dropped. */
        CLOSING
    }

    private HttpSession(HttpOutbound outbound, Request request, Channel channel) {
        this.outbound = outbound;
        this.request = request;
        this.channel = channel;
        deadline = new Deadline(channel.eventLoop(), this::late);
        farewell = new Farewell(channel, outbound.idleTimeout());
    }

    /** Puts codec and session at the end of the pipeline, and starts to read. */
    static void install(HttpOutbound outbound, Request request, Channel channel) {
        HttpDecoderConfig limits = new HttpDecoderConfig()
                .setMaxInitialLineLength(MAX_LINE_BYTES)
                .setMaxHeaderSize(outbound.maxHeaderBytes())
                .setMaxChunkSize(MAX_CHUNK_BYTES);
        channel.pipeline().addLast(new HttpServerCodec(limits), new HttpSession(outbound, request, channel));
        channel.config().setAutoRead(true);
    }

    HttpOutbound outbound() {
        return outbound;
    }

    Request request() {
        return request;
    }

    /** Refuses to block an event loop. */
    void demandOffLoop() {
        if (channel.eventLoop().inEventLoop()) {
            throw new IllegalStateException("streams of an HTTP exchange may block and are not for an event loop");
        }
    }

    /** There is room for more of the request's body. Called by any thread. */
    void resume() {
        channel.eventLoop().execute(this::follow);
    }

    /** Writes the end of an answer and goes on with the next request. Called by any thread. */
    void answered(ChannelHttpExchange done, HttpContent end) {
        channel.eventLoop().execute(() -> finish(done, end));
    }

    /** Ends the session with an error, if it is still at this exchange. Called by any thread. */
    void reset(ChannelHttpExchange broken) {
        channel.eventLoop().execute(() -> {
            if (exchange == broken) {
                reset();
            }
        });
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        deadline.in(outbound.requestTimeout());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (waiting.isEmpty() && isReceptive()) {
            accept(ctx, message);
        } else {
            waiting.add(message);
        }
        follow();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            inputEnded = true;
            pump(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (channel.isWritable()) {
            if (exchange != null) {
                exchange.responseBody().proceed();
            }
            pump(ctx);
        }
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        gone();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        gone();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("HTTP session of {} ends", request, cause);
        reset();
    }

    private boolean isReceptive() {
        // a client that does not read its answers gets no further ones
        return state == State.IDLE ? channel.isWritable() : state != State.ANSWERING;
    }

    private void pump(ChannelHandlerContext ctx) {
        while (!waiting.isEmpty() && isReceptive()) {
            accept(ctx, waiting.remove());
        }
        if (inputEnded && waiting.isEmpty()) {
            switch (state) {
                case IDLE, DRAINING -> close(ctx);
                case RECEIVING -> spoil(ctx, HttpResponseStatus.BAD_REQUEST, "request body: ended early");
                case ANSWERING -> {} // closed with its answer
                case CLOSING -> farewell.inputEnded();
            }
        }
        follow();
    }

    private void accept(ChannelHandlerContext ctx, Object message) {
        if (state == State.CLOSING) {
            ReferenceCountUtil.release(message);
        } else if (message instanceof HttpRequest head) {
            begin(ctx, head);
        } else if (message instanceof HttpContent content && exchange != null) {
            receive(ctx, exchange, content);
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    private void begin(ChannelHandlerContext ctx, HttpRequest head) {
        if (head.decoderResult().isFailure()) {
            refuse(ctx, head.decoderResult().cause());
            return;
        }
        if (head.protocolVersion().majorVersion() != 1) {
            refuse(ctx, HttpResponseStatus.HTTP_VERSION_NOT_SUPPORTED);
            return;
        }
        URI uri;
        try {
            uri = new URI(head.uri());
        } catch (URISyntaxException e) {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
            return;
        }
        ChannelHttpExchange next = new ChannelHttpExchange(this, ctx, head, uri);
        exchange = next;
        state = State.RECEIVING;
        incomplete = true;
        progress = 0;
        deadline.in(outbound.requestTimeout());
        try {
            outbound.executor().execute(next);
        } catch (RejectedExecutionException e) {
            log.warn("HTTP request answered with 503: the executor of its handler rejected it");
            next.refuse(HttpResponseStatus.SERVICE_UNAVAILABLE);
        }
    }

    private void receive(ChannelHandlerContext ctx, ChannelHttpExchange current, HttpContent content) {
        if (content.decoderResult().isFailure()) {
            content.release();
            spoil(ctx, HttpResponseStatus.BAD_REQUEST, "request body: malformed");
            return;
        }
        progress += content.content().readableBytes();
        if (progress >= PROGRESS_BYTES) {
            progress = 0;
            deadline.in(outbound.requestTimeout());
        }
        RequestBody body = current.requestBody();
        boolean end = content instanceof LastHttpContent;
        body.offer(content.content());
        if (end) {
            body.end();
            incomplete = false;
            if (state == State.DRAINING) {
                idle();
            } else {
                state = State.ANSWERING;
                deadline.clear();
            }
        } else if (state == State.DRAINING && body.isPaused()) {
            close(ctx);
        }
    }

    /** The request will never be complete. */
    private void spoil(ChannelHandlerContext ctx, HttpResponseStatus status, String why) {
        if (state == State.DRAINING) {
            close(ctx);
        } else if (exchange != null) {
            state = State.ANSWERING;
            deadline.clear();
            exchange.failRequest(status, why);
        }
    }

    private void finish(ChannelHttpExchange done, HttpContent end) {
        ChannelHandlerContext ctx = context;
        if (exchange != done || ctx == null || state == State.CLOSING) {
            end.release();
            return;
        }
        ChannelFuture written = ctx.writeAndFlush(end);
        done.requestBody().close();
        if (done.isLast() || (inputEnded && waiting.isEmpty())) {
            close(written);
        } else if (state == State.ANSWERING) {
            idle();
        } else if (done.requestBody().isPaused()) {
            close(written);
        } else {
            state = State.DRAINING;
            deadline.in(outbound.requestTimeout());
        }
        pump(ctx);
    }

    private void idle() {
        exchange = null;
        state = State.IDLE;
        deadline.in(outbound.idleTimeout());
    }

    private void refuse(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof PrematureChannelClosureException) {
            close(ctx);
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(ctx, HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE);
        } else if (cause instanceof TooLongHttpLineException) {
            refuse(ctx, HttpResponseStatus.REQUEST_URI_TOO_LONG);
        } else {
            refuse(ctx, HttpResponseStatus.BAD_REQUEST);
        }
    }

    private void refuse(ChannelHandlerContext ctx, HttpResponseStatus status) {
        FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.EMPTY_BUFFER);
        response.headers()
                .set(HttpHeaderNames.DATE, HttpDate.now())
                .set(HttpHeaderNames.CONTENT_LENGTH, 0)
                .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        incomplete = true; // the rest of it may still come
        close(ctx.writeAndFlush(response));
    }

    private void late() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        if (state == State.RECEIVING) {
            spoil(ctx, HttpResponseStatus.REQUEST_TIMEOUT, "request body: nothing more came in time");
        } else if (state != State.ANSWERING) {
            close(ctx);
        }
    }

    /** Reads, unless there is too much of something. */
    private void follow() {
        boolean full = state == State.RECEIVING
                && exchange != null
                && exchange.requestBody().isPaused();
        boolean read = state == State.CLOSING || (!full && waiting.size() < MAX_WAITING);
        if (read == channel.config().isAutoRead()) {
            return;
        }
        channel.config().setAutoRead(read);
        if (state == State.RECEIVING) {
            if (read) {
                deadline.in(outbound.requestTimeout());
            } else {
                deadline.clear(); // it is the handler who is slow
            }
        }
    }

    /** Closes behind what was written. */
    private void close(ChannelHandlerContext ctx) {
        close(ctx.writeAndFlush(Unpooled.EMPTY_BUFFER));
    }

    private void close(ChannelFuture written) {
        enterClosing();
        farewell.behind(written, incomplete && !inputEnded);
        follow();
    }

    private void reset() {
        enterClosing();
        farewell.reset();
    }

    private void gone() {
        enterClosing();
        farewell.cancel();
        context = null;
    }

    private void enterClosing() {
        state = State.CLOSING;
        deadline.cancel();
        if (exchange != null) {
            exchange.fail(new IOException("the HTTP client went away"));
            exchange = null;
        }
        for (Object message = waiting.poll(); message != null; message = waiting.poll()) {
            ReferenceCountUtil.release(message);
        }
    }
}
