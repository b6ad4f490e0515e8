package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.WriteBufferWaterMark;
import java.util.concurrent.atomic.AtomicLong;

/** What waits in a channel for its other end to read it, as a part of the node's memory. Any thread. */
final class SinkMemory {
    /** Of our choice: what differs by less is not worth telling others' processors. */
    private static final long STEP = 4 * 1024;

    private final MemoryBudget budget;
    private final Channel sink;
    private final WriteBufferWaterMark wide;
    private final AtomicLong held = new AtomicLong();
    private volatile boolean closed;
    private volatile long seen;
    private volatile long stillSince;

    SinkMemory(MemoryBudget budget, Channel sink, long now) {
        this.budget = budget;
        this.sink = sink;
        this.wide = sink.config().getWriteBufferWaterMark();
        this.stillSince = now;
    }

    /** Something was written: looks how much of it waits. */
    void measure() {
        long now = pending();
        long before = held.get();
        if (now == 0 ? before != 0 : Math.abs(now - before) >= STEP) {
            hold(now);
        }
    }

    private long pending() {
        ChannelOutboundBuffer out = sink.unsafe().outboundBuffer();
        return out == null ? 0 : out.totalPendingWriteBytes();
    }

    private void hold(long bytes) {
        budget.spend(bytes - held.getAndSet(bytes));
        if (closed && bytes != 0) { // in between
            hold(0);
        }
    }

    long held() {
        return held.get();
    }

    /** Whether anything has moved since the last look. */
    void look(long now) {
        measure();
        long pending = pending();
        if (pending == 0 || pending != seen) {
            seen = pending;
            stillSince = now;
        }
    }

    /** For how long nothing has moved, in nanoseconds. */
    long stoodStill(long now) {
        return now - stillSince;
    }

    /** It may hold less: the one who writes to it pauses earlier. */
    void narrow() {
        sink.config().setWriteBufferWaterMark(MemoryBudget.NARROW);
    }

    /** It may hold what it might before. */
    void widen() {
        sink.config().setWriteBufferWaterMark(wide);
    }

    /** Its other end does not read, and its memory is for others. */
    void end() {
        ChannelEnds.reset(sink);
        hold(0);
    }

    void close() {
        closed = true;
        hold(0);
    }

    @Override
    public String toString() {
        return String.valueOf(sink.remoteAddress());
    }
}
