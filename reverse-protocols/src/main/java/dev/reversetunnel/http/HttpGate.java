package dev.reversetunnel.http;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** What a client and its proxy say to each other: one request, and its answer. */
final class HttpGate extends LayerGate {
    /** Of our choice; a proxy that says no may say it with many headers. */
    private static final int MAX_HEADERS = 16 * 1024;

    private static final int MAX_LINE = 4 * 1024;

    /** Of our choice; what is left of the dial's time may be less. */
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Destination target;
    private final @Nullable String credentials;
    private boolean connected;

    private HttpGate(
            Destination target,
            @Nullable String credentials,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            LayerDial dial) {
        super(protocol, patience, dial);
        this.target = target;
        this.credentials = credentials;
    }

    /** Puts the codec in place; the gate itself is for the caller to add. */
    static HttpGate begin(
            ChannelPipeline pipeline,
            Destination target,
            @Nullable String credentials,
            ChannelHandler protocol,
            LayerDial dial) {
        pipeline.addLast(new HeadDecoder());
        return new HttpGate(target, credentials, protocol, () -> dial.patience(PATIENCE), dial);
    }

    /** What follows the head of a good answer are the tunnel's bytes, and what follows a bad one is nobody's. */
    private static final class HeadDecoder extends HttpResponseDecoder {
        private HeadDecoder() {
            super(MAX_LINE, MAX_HEADERS, MAX_LINE);
        }

        @Override
        protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return true;
        }
    }

    @Override
    protected void begin(ChannelHandlerContext ctx) {
        String authority = HttpAuthority.format(target);
        ctx.writeAndFlush(ByteBufUtil.writeAscii(
                ctx.alloc(),
                "CONNECT " + authority + " HTTP/1.1\r\nHost: " + authority + "\r\n"
                        + (credentials == null ? "" : "Proxy-Authorization: " + credentials + "\r\n")
                        + "\r\n"));
    }

    @Override
    protected void received(ChannelHandlerContext ctx, Object message) {
        try {
            if (message instanceof HttpResponse answer) {
                hear(ctx, answer);
            } else if (message instanceof LastHttpContent && connected) {
                succeed(ctx);
                // Last, for now it hands on what came behind the head.
                ctx.pipeline().remove(HeadDecoder.class);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void hear(ChannelHandlerContext ctx, HttpResponse answer) {
        if (!answer.decoderResult().isSuccess()) {
            fail(ctx, new IOException("expected: HTTP"));
            return;
        }
        HttpResponseStatus status = answer.status();
        if (status.codeClass() == HttpStatusClass.SUCCESS) {
            connected = true;
        } else if (status.codeClass() != HttpStatusClass.INFORMATIONAL) {
            fail(ctx, refused(status));
        }
    }

    private TunnelException refused(HttpResponseStatus status) {
        String what = "it answers " + status.code();
        return switch (status.code()) {
            case 407 ->
                new TunnelException(what
                        + (credentials == null
                                ? ", it wants to know who comes (call user(...))"
                                : ", it does not know this name and password, or wants another scheme than"
                                        + " Basic"));
            case 403, 405 -> new TunnelException(what + "; does it allow CONNECT, and to this port?");
            case 504 ->
                new TunnelException(
                        what + ", no connection in time; is it running there?",
                        new SocketTimeoutException("no connection in time, says the proxy"));
            default -> new TunnelException(what + "; does it know the name, and is it running there?");
        };
    }
}
