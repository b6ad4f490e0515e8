package dev.reversetunnel.lab;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.EventExecutor;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with one direction of a {@link DatagramFaultProxy}. At first nothing is. All methods may be called by
 * any thread, at any time, and hold for what comes from then on; they can be combined, and each returns this.
 *
 * <p>What is random comes of the seed. No more than 1,024 datagrams are under way in a direction; what comes beyond is
 * dropped.
 */
public final class DatagramFaults {
    /** Of our choice: as a router that drops when its queue is full. */
    private static final int MOST_UNDER_WAY = 1_024;

    /** Of our choice: how long one that shall be overtaken waits for the next one. */
    private static final long OVERTAKEN_NANOS = 200_000_000;

    private final SplittableRandom random;
    private final LongAdder received = new LongAdder();
    private final LongAdder passed = new LongAdder();
    private final LongAdder dropped = new LongAdder();
    private final LongAdder doubled = new LongAdder();
    private final LongAdder reordered = new LongAdder();

    private volatile double drop;
    private volatile double duplicate;
    private volatile double reorder;
    private volatile long delayNanos;
    private volatile long jitterNanos;
    private volatile boolean blackHole;

    /** What is under way, and the one of it that the next one overtakes; on the proxy's loop only. */
    private final Set<UnderWay> underWay = new HashSet<>();

    private @Nullable UnderWay overtaken;

    DatagramFaults(long seed) {
        random = new SplittableRandom(seed);
    }

    /** A datagram that has not arrived yet. */
    private final class UnderWay {
        private final ByteBuf content;
        private final Consumer<ByteBuf> out;

        UnderWay(ByteBuf content, Consumer<ByteBuf> out) {
            this.content = content;
            this.out = out;
        }

        /** Unless it has arrived already. */
        void arrive() {
            if (underWay.remove(this)) {
                out.accept(content);
            }
        }
    }

    /**
     * Drops some.
     *
     * @param share of all, from 0 to 1
     * @return this
     */
    public DatagramFaults drop(double share) {
        drop = share("share dropped", share);
        return this;
    }

    /**
     * Sends some twice.
     *
     * @param share of all, from 0 to 1
     * @return this
     */
    public DatagramFaults duplicate(double share) {
        duplicate = share("share doubled", share);
        return this;
    }

    /**
     * Lets some be overtaken by the next one, for which they wait 200 ms at most.
     *
     * @param share of all, from 0 to 1
     * @return this
     */
    public DatagramFaults reorder(double share) {
        reorder = share("share reordered", share);
        return this;
    }

    /**
     * Lets all arrive later.
     *
     * @param time how much later; zero for not at all
     * @return this
     */
    public DatagramFaults delay(Duration time) {
        delayNanos = Faults.nanos("delay", time);
        return this;
    }

    /**
     * Adds a random time to the delay of each. They overtake each other then.
     *
     * @param most the longest; zero for none
     * @return this
     */
    public DatagramFaults jitter(Duration most) {
        jitterNanos = Faults.nanos("jitter", most);
        return this;
    }

    /**
     * Drops all.
     *
     * @return this
     */
    public DatagramFaults blackHole() {
        blackHole = true;
        return this;
    }

    /**
     * Takes all faults away.
     *
     * @return this
     */
    public DatagramFaults clear() {
        drop = 0;
        duplicate = 0;
        reorder = 0;
        delayNanos = 0;
        jitterNanos = 0;
        blackHole = false;
        return this;
    }

    /**
     * What has happened so far.
     *
     * @return the counters as they are now
     */
    public DatagramCounts counts() {
        return new DatagramCounts(received.sum(), passed.sum(), dropped.sum(), doubled.sum(), reordered.sum());
    }

    /** Takes one datagram, which {@code out} gets as often and whenever it arrives. On the proxy's loop. */
    void take(ByteBuf content, EventExecutor loop, Consumer<ByteBuf> out) {
        received.increment();
        if (blackHole || happens(drop)) {
            drop(content);
            return;
        }
        UnderWay before = overtaken;
        overtaken = null;
        if (before == null && happens(reorder)) {
            reordered.increment();
            overtaken = later(content, loop, OVERTAKEN_NANOS, bytes -> send(bytes, loop, out));
            return;
        }
        if (happens(duplicate)) {
            doubled.increment();
            send(content.retainedDuplicate(), loop, out);
        }
        send(content, loop, out);
        if (before != null) {
            before.arrive();
        }
    }

    private void send(ByteBuf content, EventExecutor loop, Consumer<ByteBuf> out) {
        long jitter = jitterNanos;
        long way = delayNanos + (jitter == 0 ? 0 : random.nextLong(jitter + 1));
        Consumer<ByteBuf> counted = bytes -> {
            passed.increment();
            out.accept(bytes);
        };
        if (way == 0) {
            counted.accept(content);
        } else {
            later(content, loop, way, counted);
        }
    }

    private @Nullable UnderWay later(ByteBuf content, EventExecutor loop, long nanos, Consumer<ByteBuf> out) {
        if (underWay.size() == MOST_UNDER_WAY) {
            drop(content);
            return null;
        }
        UnderWay datagram = new UnderWay(content, out);
        underWay.add(datagram);
        loop.schedule(datagram::arrive, nanos, TimeUnit.NANOSECONDS);
        return datagram;
    }

    private void drop(ByteBuf content) {
        dropped.increment();
        content.release();
    }

    /** The end. What is under way is lost. On the proxy's loop. */
    void close() {
        underWay.forEach(datagram -> datagram.content.release());
        underWay.clear();
        blackHole = true;
    }

    private boolean happens(double share) {
        return share > 0 && random.nextDouble() < share;
    }

    private static double share(String name, double share) {
        if (!(share >= 0 && share <= 1)) {
            throw new IllegalArgumentException(name + ": " + share + " (expected: 0 to 1)");
        }
        return share;
    }

    /** What has happened so far, for people who read a failed test. */
    @Override
    public String toString() {
        return counts().toString();
    }
}
