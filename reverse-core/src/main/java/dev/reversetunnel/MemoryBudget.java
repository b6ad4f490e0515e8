package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.util.internal.PlatformDependent;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Memory for all that waits in a node: in queues of tunnels and their sessions, for readers of relays, in associations.
 * Any thread.
 *
 * <p>At 95 % it is full, until it is below 85 % again: nobody new is let in, and each relay may hold a quarter of what
 * it may hold else, so that who does not read pauses, and who reads goes on. Who stands still then for the grace period
 * is reset, those that hold most first; when the whole of it is spent, who stands still for a second.
 *
 * <p>What relays hold is measured after each read that was not taken at once, and looked at again while it is full: a
 * relay can exceed its share by one read.
 */
final class MemoryBudget implements ByteBudget {
    private static final Logger log = LoggerFactory.getLogger(MemoryBudget.class);

    private static final int FULL_PERCENT = 95;
    private static final int ROOM_PERCENT = 85;

    /** Of our choice: what a relay may hold while memory is full. */
    static final WriteBufferWaterMark NARROW = new WriteBufferWaterMark(16 * 1024, 32 * 1024);

    /** Of our choice. */
    private static final long LOOK_AGAIN_MILLIS = 250;

    private static final long SPENT_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final long limit;
    private final long graceNanos;
    private final EventLoopGroup loops;
    private final LimitCounts limits;
    private final LongSupplier nanoTime;
    private final Consumer<Boolean> changed;
    private final AtomicLong used = new AtomicLong();
    private final LogLimiter lines = new LogLimiter();
    private final AtomicInteger turns = new AtomicInteger();
    private final Set<SinkMemory> sinks = ConcurrentHashMap.newKeySet();
    private volatile boolean full;

    /**
     * All of it free.
     *
     * @param limit bytes
     * @param grace how long somebody may stand still while it is full
     * @param loops on which it is looked after
     * @param changed told when it is full, and when there is room again
     */
    MemoryBudget(
            long limit,
            Duration grace,
            EventLoopGroup loops,
            LimitCounts limits,
            LongSupplier nanoTime,
            Consumer<Boolean> changed) {
        this.limit = limit;
        this.graceNanos = grace.toNanos();
        this.loops = loops;
        this.limits = limits;
        this.nanoTime = nanoTime;
        this.changed = changed;
    }

    /** A quarter of what this JVM may have, on its heap and beside. */
    static long standard() {
        return (Runtime.getRuntime().maxMemory() + PlatformDependent.maxDirectMemory()) / 4;
    }

    long limit() {
        return limit;
    }

    /** How much is spent now. */
    long used() {
        sinks.forEach(SinkMemory::measure);
        return used.get();
    }

    boolean isFull() {
        return full;
    }

    /** Why nobody new is let in. */
    String fullReason() {
        return "the node's memory for what waits is full: " + used.get() + " of " + limit
                + " bytes; others do not read what was sent to them (call memory(...) for more)";
    }

    /** Not beyond the limit for a moment: who gives back meanwhile would not see that there is room again. */
    @Override
    public boolean reserve(int bytes) {
        long before = used.get();
        while (before + bytes <= limit) {
            long seen = used.compareAndExchange(before, before + bytes);
            if (seen == before) {
                grew(before + bytes);
                return true;
            }
            before = seen;
        }
        limits.reached(Limit.MEMORY, fullReason());
        grew(before + bytes);
        return false;
    }

    @Override
    public void release(int bytes) {
        shrank(used.addAndGet(-bytes));
    }

    /** What is there already, whatever the limit is. */
    void spend(long bytes) {
        if (bytes > 0) {
            grew(used.addAndGet(bytes));
        } else if (bytes < 0) {
            shrank(used.addAndGet(bytes));
        }
    }

    private void grew(long now) {
        if (now > percent(FULL_PERCENT) && !full && used() > percent(FULL_PERCENT)) {
            turn();
        }
    }

    private void shrank(long now) {
        if (now < percent(ROOM_PERCENT) && full) {
            turn();
        }
    }

    /**
     * It may have become full, or not be full any more. One thread at a time goes through that, and those who come
     * meanwhile only make it look again: whoever is told hears last what is, and nobody waits for a listener.
     */
    private void turn() {
        if (turns.getAndIncrement() > 0) {
            return;
        }
        try {
            do {
                while (turned()) {} // all may have been given back before anybody could know that it is full
            } while (turns.decrementAndGet() > 0);
        } catch (RuntimeException | Error e) {
            turns.set(0);
            throw e;
        }
    }

    private boolean turned() {
        long now = used.get();
        if (full ? now >= percent(ROOM_PERCENT) : now <= percent(FULL_PERCENT)) {
            return false;
        }
        full = !full;
        if (full) {
            if (lines.allows()) {
                log.warn("{}; each may hold less now{}", fullReason(), lines.note());
            }
            limits.reached(Limit.MEMORY, fullReason());
            sinks.forEach(SinkMemory::narrow);
            changed.accept(true);
            lookAgain();
        } else {
            if (lines.allows()) {
                log.info("there is memory again: {} of {} bytes are in use{}", now, limit, lines.note());
            }
            sinks.forEach(SinkMemory::widen);
            changed.accept(false);
        }
        return true;
    }

    private long percent(int part) {
        return limit / 100 * part;
    }

    private void lookAgain() {
        try {
            loops.next().schedule(this::look, LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            log.debug("the event loops have ended");
        }
    }

    private void look() {
        long now = nanoTime.getAsLong();
        sinks.forEach(sink -> sink.look(now));
        if (!full) {
            return;
        }
        long patience = used.get() >= limit ? Math.min(SPENT_NANOS, graceNanos) : graceNanos;
        List<SinkMemory> largestFirst = sinks.stream()
                .filter(sink -> sink.stoodStill(now) >= patience)
                .sorted(Comparator.comparingLong(SinkMemory::held).reversed())
                .toList();
        for (SinkMemory sink : largestFirst) {
            if (!full) {
                return;
            }
            limits.reached(
                    Limit.MEMORY,
                    sink + " did not read " + sink.held() + " bytes, and memory is full; reset, so that others go on");
            sink.end();
        }
        lookAgain();
    }

    // ---- what spends it ----

    /** Follows what waits for one reader of a relay. */
    SinkMemory follow(Channel sink) {
        SinkMemory memory = new SinkMemory(this, sink, nanoTime.getAsLong());
        sinks.add(memory);
        sink.closeFuture().addListener(closed -> {
            sinks.remove(memory);
            memory.close();
        });
        if (full) {
            memory.narrow();
        }
        return memory;
    }
}
