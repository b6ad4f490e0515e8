package dev.reversetunnel.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.util.ReferenceCountUtil;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.Queue;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;

/**
 * Between the socket and TLS: keeps back a close_notify that nobody has asked for.
 *
 * <p>Some engines answer a close_notify with their own and take nothing more: the JDK's in TLS 1.2, as the standard
 * demands, BoringSSL's always. The other end would take that for the clean end of an answer of which nothing was
 * written yet. So it is sent when our side has ended, too, and never if something could not be written.
 *
 * <p>And keeps TLS from closing by itself, which it does when a record was tampered with, before it says so. The JDK's
 * sockets, for example, take a FIN without a farewell for a clean end.
 */
final class FarewellGuard extends ChannelDuplexHandler {
    private record Held(ByteBuf bytes, ChannelPromise promise) {}

    private final Queue<Held> held = new ArrayDeque<>(1);
    private @Nullable ChannelHandlerContext context;
    private @Nullable SSLEngine engine;
    private Runnable whenBroken = () -> {};

    /**
     * From now on; handshakes that fail say why.
     *
     * @param broken called when TLS wants to close by itself
     */
    void guard(SSLEngine tls, Runnable broken) {
        engine = tls;
        whenBroken = broken;
    }

    /** Whether a farewell is kept back, and the engine takes nothing more. */
    boolean isHolding() {
        return !held.isEmpty();
    }

    /** Our side has ended, so a farewell may go. What is kept back is sent; does not keep back any more. */
    void release() {
        engine = null;
        ChannelHandlerContext ctx = context;
        if (ctx == null || held.isEmpty()) {
            return;
        }
        for (Held next = held.poll(); next != null; next = held.poll()) {
            ctx.write(next.bytes, next.promise);
        }
        ctx.flush();
    }

    /** Tells when everything is out that was encrypted so far. */
    void writeMark(ChannelPromise promise) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            promise.tryFailure(new ClosedChannelException());
        } else {
            ctx.write(Unpooled.EMPTY_BUFFER, promise);
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
    }

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (engine != null && message instanceof ByteBuf bytes && bytes.isReadable() && engine.isOutboundDone()) {
            held.add(new Held(bytes, promise));
        } else {
            ctx.write(message, promise);
        }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
        if (engine == null) {
            ctx.close(promise);
        } else {
            engine = null;
            // Behind the exception that is about to say why.
            ctx.executor().execute(() -> {
                if (ctx.channel().isActive()) {
                    whenBroken.run();
                }
                ctx.close(promise);
            });
        }
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        context = null;
        for (Held next = held.poll(); next != null; next = held.poll()) {
            ReferenceCountUtil.release(next.bytes);
            next.promise.tryFailure(new ClosedChannelException());
        }
    }
}
