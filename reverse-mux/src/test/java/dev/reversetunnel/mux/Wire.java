package dev.reversetunnel.mux;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;

/**
 * A carrier that can be stuck, as a socket whose other end does not read: it fills up, and is not writable any more.
 */
final class Wire extends EmbeddedChannel {
    private boolean stuck;
    private int flushes;
    private long nanos;

    Wire() {
        config().setAutoRead(false);
        freezeTime();
        pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void flush(ChannelHandlerContext ctx) {
                flushes++;
                ctx.flush();
            }
        });
    }

    /** Nothing gets out until {@link #unstick}. */
    void stick() {
        stuck = true;
    }

    /** What is queued gets out. */
    void unstick() {
        stuck = false;
        pipeline().firstContext().flush();
        runPendingTasks();
    }

    /** Runs what is due, and what that has put into the queue: a task scheduled without delay may ask for a turn. */
    @Override
    public void runPendingTasks() {
        super.runPendingTasks();
        super.runPendingTasks();
    }

    /** The time, which stands still but for {@link #advanceTimeBy}. */
    long nanos() {
        return nanos;
    }

    @Override
    public void advanceTimeBy(long duration, TimeUnit unit) {
        nanos += unit.toNanos(duration);
        super.advanceTimeBy(duration, unit);
    }

    int flushes() {
        return flushes;
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) throws Exception {
        if (!isStuck()) {
            super.doWrite(in);
        }
    }

    private boolean isStuck() {
        return stuck;
    }
}
