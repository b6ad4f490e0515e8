package dev.reversetunnel.tls;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.OutputShutdown;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/**
 * Next to TLS, on the protocol's side: makes its ends ours. A close_notify is the clean end of the input; a FIN without
 * one, or a record that was tampered with, is a cut. The end of our output is a close_notify, after which we go on
 * reading; in TLS 1.2 it waits until the connection closes.
 */
final class TlsEnds extends ChannelDuplexHandler implements OutputShutdown {
    private final SslHandler tls;
    private final FarewellGuard guard;

    private @Nullable ChannelHandlerContext context;
    private State state = State.SHAKING;
    private boolean endsAlone;
    private boolean outputEnded;
    private boolean farewellSent;
    private boolean closing;

    TlsEnds(SslHandler tls, FarewellGuard guard) {
        this.tls = tls;
        this.guard = guard;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    // ---- in ----

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completed && completed.isSuccess()) {
            state = State.OPEN;
            endsAlone =
                    TlsVersion.TLS_1_3.word().equals(tls.engine().getSession().getProtocol());
            guard.guard(tls.engine(), () -> fail(ctx, new IOException("TLS broke off")));
            ctx.fireUserEventTriggered(event);
        } else if (state == State.SHAKING) {
            ctx.fireUserEventTriggered(event);
        } else if (event instanceof SslCloseCompletionEvent) {
            lookForEnd(ctx);
        } else if (event == ChannelInputShutdownEvent.INSTANCE) {
            inputEnded();
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** There is nothing more to read. */
    void inputEnded() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return;
        }
        lookForEnd(ctx);
        if (state == State.OPEN) {
            fail(ctx, new IOException("the connection was cut: it ended without close_notify"));
        }
    }

    /**
     * The event alone proves nothing: once our own output has ended, BoringSSL's engine reports a closure with the next
     * record that comes (Netty 4.2.18), and Netty tells of it once. Nor does the engine alone: when the connection is
     * gone, Netty closes both of its sides.
     */
    private void lookForEnd(ChannelHandlerContext ctx) {
        if (state == State.OPEN && tls.engine().isInboundDone() && ctx.channel().isActive()) {
            state = State.INPUT_ENDED;
            ctx.fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        ctx.fireChannelReadComplete();
        if (farewellSent) {
            lookForEnd(ctx);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        Throwable bare = cause instanceof DecoderException && cause.getCause() != null ? cause.getCause() : cause;
        if (state == State.SHAKING || !(bare instanceof IOException)) {
            ctx.fireExceptionCaught(bare);
        } else {
            fail(ctx, bare);
        }
    }

    /** Tells once, and resets: whatever came so far was not the whole. */
    private void fail(ChannelHandlerContext ctx, Throwable cause) {
        if (state == State.FAILED) {
            return;
        }
        state = State.FAILED;
        if (!closing) {
            ctx.fireExceptionCaught(cause);
        }
        ChannelEnds.reset(ctx.channel());
    }

    // ---- out ----

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        boolean closed = farewellSent || guard.isHolding();
        if (!closed) {
            ctx.write(message, promise);
        } else if (message instanceof ByteBuf bytes && !bytes.isReadable()) {
            bytes.release();
            guard.writeMark(promise); // a closed engine refuses even nothing, which asks only whether all is out
        } else {
            ReferenceCountUtil.release(message);
            promise.tryFailure(new ClosedChannelException());
            if (!outputEnded) {
                fail(
                        ctx,
                        new IOException("the other end has closed, and "
                                + tls.engine().getSession().getProtocol() + " takes nothing more to send"));
            }
        }
    }

    @Override
    public ChannelFuture shutdownOutput() {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            return tls.closeOutbound();
        }
        ChannelPromise out = ctx.newPromise();
        if (outputEnded || !endsAlone || guard.isHolding()) {
            outputEnded = true;
            ctx.flush();
            guard.release(); // in TLS 1.2 the answer to the other end's farewell says it all
            return out.setSuccess();
        }
        outputEnded = true;
        // A closed engine would drop what is still queued: wait for it.
        ctx.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(written -> {
            if (written.isSuccess()) {
                guard.release();
                farewellSent = true;
                tls.closeOutbound(out);
            } else {
                out.setFailure(written.cause());
            }
        });
        return out;
    }

    @Override
    public boolean endsAlone() {
        return endsAlone;
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (ChannelEnds.isResetWhenClosed(ctx.channel())) { // a farewell would make a clean end of a cut
            ctx.channel().closeFuture().addListener(closed -> promise.trySuccess());
            ChannelEnds.reset(ctx.channel());
        } else {
            closing = true;
            guard.release();
            ctx.close(promise);
        }
    }

    /** SHAKING ▶ OPEN ▶ INPUT_ENDED; OPEN and INPUT_ENDED ▶ FAILED. */
    private enum State {
        SHAKING,
        OPEN,
        INPUT_ENDED,
        FAILED
    }
}
