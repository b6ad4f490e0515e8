package dev.reversetunnel.tls;

import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.layer.Outcome;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Waits for TLS to shake hands. */
final class TlsGate extends LayerGate {
    private final HandshakeThreads.OfConnection threads;
    private final TlsEnds ends;
    private @Nullable ChannelHandlerContext context;
    private boolean inputEnded;

    private TlsGate(
            HandshakeThreads.OfConnection threads,
            TlsEnds ends,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            Outcome outcome) {
        super(protocol, patience, outcome);
        this.threads = threads;
        this.ends = ends;
    }

    /**
     * Puts TLS on a new channel.
     *
     * @param create makes Netty's handler, whose engine does its work on the given threads
     */
    static void install(
            Channel channel,
            Function<Executor, SslHandler> create,
            ChannelHandler protocol,
            Supplier<Duration> patience,
            Outcome outcome) {
        HandshakeThreads.OfConnection threads = new HandshakeThreads.OfConnection(channel);
        SslHandler tls = create.apply(threads);
        tls.setHandshakeTimeoutMillis(0); // the gate has one clock for the whole
        FarewellGuard guard = new FarewellGuard();
        TlsEnds ends = new TlsEnds(tls, guard);
        channel.pipeline().addLast(guard, tls, ends, new TlsGate(threads, ends, protocol, patience, outcome));
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        context = ctx;
        threads.whenIdle(this::look);
        super.handlerAdded(ctx);
    }

    @Override
    protected void happened(ChannelHandlerContext ctx, Object event) {
        if (event instanceof SslHandshakeCompletionEvent completed) {
            if (completed.isSuccess()) {
                succeed(ctx);
                if (inputEnded) {
                    // What came before the end is passed on first, a farewell among it or not.
                    ctx.executor().execute(ends::inputEnded);
                }
            } else {
                fail(ctx, completed.cause());
            }
        } else {
            ctx.fireUserEventTriggered(event);
        }
    }

    /** What came before the end may still be waiting for another thread. */
    @Override
    protected void ended(ChannelHandlerContext ctx) {
        inputEnded = true;
        look();
    }

    private void look() {
        if (inputEnded && context != null && threads.isIdle() && isShaking()) {
            super.ended(context);
        }
    }
}
