package dev.reversetunnel.mux;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What the two ends of one connection know of each other by the extension: their HELLOs, and how long the way is. */
final class MuxExtension {
    private final WriteTurns turns;
    private final ByteBufAllocator alloc;
    private final LongSupplier nanoTime;
    private @Nullable MuxHello own;
    private volatile @Nullable MuxHello peer;
    private volatile long roundTripNanos = -1;
    private boolean pinged;
    private long pingedAt;

    MuxExtension(WriteTurns turns, ByteBufAllocator alloc, LongSupplier nanoTime) {
        this.turns = turns;
        this.alloc = alloc;
        this.nanoTime = nanoTime;
    }

    /** Says who we are; once. */
    void hello(MuxHello hello) {
        if (own != null) {
            throw new IllegalStateException("hello: said already");
        }
        own = hello;
        turns.control(new MuxRecord.Hello(hello).frame(0, alloc));
    }

    @Nullable
    MuxHello own() {
        return own;
    }

    @Nullable
    MuxHello peer() {
        return peer;
    }

    void heard(MuxHello hello) {
        peer = hello;
    }

    /** Whether sessions that are opened from now on are extended ones. */
    boolean isOn() {
        return own != null && peer != null;
    }

    /** The last round trip; negative if none was measured. */
    long roundTripNanos() {
        return roundTripNanos;
    }

    /** By the extension, or by the only question that foreign peers answer. */
    void ping() {
        pinged = true;
        pingedAt = nanoTime.getAsLong();
        if (peer != null) {
            turns.control(new MuxRecord.Ping(pingedAt).frame(0, alloc));
        } else {
            turns.control(new MuxFrame.Keep(MuxFrame.MAX_SESSION_ID, Unpooled.wrappedBuffer(new byte[1])));
        }
    }

    void pong(long token) {
        turns.control(new MuxRecord.Pong(token).frame(0, alloc));
    }

    void drain() {
        if (peer != null) {
            turns.control(new MuxRecord.Drain().frame(0, alloc));
        }
    }

    /** An answer came; false if it belongs to no question, or not to the last one. */
    boolean answered(long token) {
        return pinged && token == pingedAt && answered();
    }

    /** A foreign peer's answer came, which does not say to what. */
    boolean answered() {
        if (!pinged) {
            return false;
        }
        pinged = false;
        roundTripNanos = Math.max(0, nanoTime.getAsLong() - pingedAt);
        return true;
    }
}
