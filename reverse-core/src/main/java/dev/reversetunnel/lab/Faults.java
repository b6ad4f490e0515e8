package dev.reversetunnel.lab;

import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * What is wrong with one direction of a stream: of all connections of a {@link FaultProxy}, or of each pipeline that a
 * {@link FaultHandler} is in. At first nothing is. All methods may be called by any thread, at any time, and hold for
 * what comes from then on; they can be combined, and each returns this.
 *
 * <p>Nothing is ever reordered, changed or doubled, for TCP does not do that either. What is held back is bounded by
 * the {@link #window}: whoever sends more is stopped, as by a network.
 *
 * <p>What is random comes of the seed: the first, the second and each further connection draw the same pieces, stalls
 * and delays in every run. (When they happen, and which connection is the first, is up to the threads.)
 */
public final class Faults {
    /** Of our choice: what a long fat network has under way. */
    private static final int WINDOW = 1024 * 1024;

    private final long seed;
    private final AtomicLong lines = new AtomicLong();
    private final Listeners listeners = new Listeners();

    private final LongAdder passedBytes = new LongAdder();
    private final LongAdder swallowedBytes = new LongAdder();
    private final LongAdder pieces = new LongAdder();
    private final LongAdder stalls = new LongAdder();
    private final LongAdder cuts = new LongAdder();
    private final LongAdder resets = new LongAdder();

    private volatile long delayNanos;
    private volatile long jitterNanos;
    private volatile long bytesPerSecond;
    private volatile int leastPiece = Integer.MAX_VALUE;
    private volatile int mostPiece = Integer.MAX_VALUE;
    private volatile long bytesBetweenStalls;
    private volatile long stallNanos;
    private volatile int window = WINDOW;
    private volatile boolean stopped;
    private volatile boolean blackHole;
    private volatile @Nullable FaultTrigger trigger;

    /** With seed 1. */
    public Faults() {
        this(1);
    }

    /**
     * With a seed of one's own.
     *
     * @param seed of all that is random
     */
    public Faults(long seed) {
        this.seed = seed;
    }

    /**
     * Lets everything arrive later, in its order.
     *
     * @param time how much later; zero for not at all
     * @return this
     */
    public Faults delay(Duration time) {
        delayNanos = nanos("delay", time);
        return changed();
    }

    /**
     * Adds a random time to the delay of everything that arrives. Nothing overtakes, so what comes behind waits too.
     *
     * @param most the longest; zero for none
     * @return this
     */
    public Faults jitter(Duration most) {
        jitterNanos = nanos("jitter", most);
        return changed();
    }

    /**
     * Lets through so much and no more, of each connection.
     *
     * @param bytes a second; zero for no limit
     * @return this
     */
    public Faults throttle(long bytes) {
        bytesPerSecond = atLeast(0, "bytes per second", bytes);
        return changed();
    }

    /**
     * Splits the stream into pieces of random size, each of which is written, or read, on its own.
     *
     * @param least bytes of a piece, 1 or more
     * @param most bytes of a piece
     * @return this
     */
    public Faults split(int least, int most) {
        atLeast(1, "bytes of a piece", least);
        atLeast(least, "bytes of a piece", most);
        leastPiece = least;
        mostPiece = most;
        return changed();
    }

    /**
     * Splits the stream into single bytes.
     *
     * @return this
     */
    public Faults singleBytes() {
        return split(1, 1);
    }

    /**
     * Lets each connection stand still from time to time.
     *
     * @param bytesBetween after how many bytes, on the average
     * @param time for how long; zero for not at all
     * @return this
     */
    public Faults stall(long bytesBetween, Duration time) {
        bytesBetweenStalls = atLeast(1, "bytes between stalls", bytesBetween);
        stallNanos = nanos("stall", time);
        return changed();
    }

    /**
     * How much of each connection may be under way, because of a delay or a standstill; beyond that nothing more is
     * read. Default: 1 MiB.
     *
     * @param bytes 1 or more
     * @return this
     */
    public Faults window(int bytes) {
        window = (int) atLeast(1, "window", bytes);
        return changed();
    }

    /**
     * Stops: nothing passes and nothing is lost, neither bytes nor ends, until {@link #go}.
     *
     * @return this
     */
    public Faults stop() {
        stopped = true;
        return changed();
    }

    /**
     * Goes on after {@link #stop}.
     *
     * @return this
     */
    public Faults go() {
        stopped = false;
        return changed();
    }

    /**
     * Swallows everything, bytes and ends, of new connections too: nobody is told of anything. A connection that lost
     * something stays dead also when the black hole is gone, for what is lost does not come back; one on which nothing
     * was said meanwhile lives on.
     *
     * @return this
     * @see FaultProxy#forget
     */
    public Faults blackHole() {
        blackHole = true;
        return changed();
    }

    /**
     * Cuts each connection, existing or new, after so many bytes from now: both ends see a FIN.
     *
     * @param bytes that still pass
     * @return this
     */
    public Faults cutAfter(long bytes) {
        return trigger(FaultTrigger.each(Ending.CUT, bytes, bytes));
    }

    /**
     * Cuts one connection: the one with which all together have come to so many bytes from now.
     *
     * @param bytes that still pass
     * @return this
     */
    public Faults cutOnceAfter(long bytes) {
        return trigger(FaultTrigger.once(Ending.CUT, bytes));
    }

    /**
     * Resets each connection, existing or new, after so many bytes from now: both ends see an RST.
     *
     * @param bytes that still pass
     * @return this
     */
    public Faults resetAfter(long bytes) {
        return resetAfter(bytes, bytes);
    }

    /**
     * Resets each connection, existing or new, after a random number of bytes from now.
     *
     * @param least that still pass
     * @param most that still pass
     * @return this
     */
    public Faults resetAfter(long least, long most) {
        return trigger(FaultTrigger.each(Ending.RESET, least, most));
    }

    /**
     * Resets one connection: the one with which all together have come to so many bytes from now.
     *
     * @param bytes that still pass
     * @return this
     */
    public Faults resetOnceAfter(long bytes) {
        return trigger(FaultTrigger.once(Ending.RESET, bytes));
    }

    private Faults trigger(FaultTrigger ending) {
        trigger = ending;
        return changed();
    }

    /**
     * Takes all faults away but the {@link #window}. What was held back goes on its way.
     *
     * @return this
     */
    public Faults clear() {
        delayNanos = 0;
        jitterNanos = 0;
        bytesPerSecond = 0;
        leastPiece = Integer.MAX_VALUE;
        mostPiece = Integer.MAX_VALUE;
        stallNanos = 0;
        stopped = false;
        blackHole = false;
        trigger = null;
        return changed();
    }

    /**
     * What has happened so far.
     *
     * @return the counters as they are now
     */
    public FaultCounts counts() {
        return new FaultCounts(
                passedBytes.sum(), swallowedBytes.sum(), pieces.sum(), stalls.sum(), cuts.sum(), resets.sum());
    }

    private Faults changed() {
        listeners.tell();
        return this;
    }

    /** Tells of each change, on whatever thread makes it. */
    Listeners listeners() {
        return listeners;
    }

    /** The dice of one more connection. */
    SplittableRandom random() {
        return new SplittableRandom(seed * 1_000_003 + lines.getAndIncrement());
    }

    boolean isCalm() {
        return delayNanos == 0
                && jitterNanos == 0
                && bytesPerSecond == 0
                && mostPiece == Integer.MAX_VALUE
                && stallNanos == 0
                && !stopped
                && !blackHole
                && trigger == null;
    }

    /** How long something that arrives now is under way. */
    long wayNanos(SplittableRandom random) {
        long jitter = jitterNanos;
        return delayNanos + (jitter == 0 ? 0 : random.nextLong(jitter + 1));
    }

    /** How much of so many bytes passes at once: a piece, and no more than a fiftieth of a second's share. */
    int piece(int length, SplittableRandom random) {
        int least = leastPiece;
        int most = Math.max(least, mostPiece);
        long share = bytesPerSecond == 0 ? Long.MAX_VALUE : Math.max(1, bytesPerSecond / 50);
        int drawn = least == most ? most : random.nextInt(least, most + 1);
        return (int) Math.min(length, Math.min(drawn, share));
    }

    /** How long nothing else passes after so many bytes. */
    long busyNanos(int length, SplittableRandom random) {
        long rate = bytesPerSecond;
        long busy = rate == 0 ? 0 : (long) (length * 1e9 / rate);
        long stall = stallNanos;
        if (stall > 0 && random.nextDouble() < (double) length / bytesBetweenStalls) {
            stalls.increment();
            return busy + stall;
        }
        return busy;
    }

    int window() {
        return window;
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isBlackHole() {
        return blackHole;
    }

    @Nullable
    FaultTrigger trigger() {
        return trigger;
    }

    void passed(int length) {
        passedBytes.add(length);
        pieces.increment();
    }

    void swallowed(int length) {
        swallowedBytes.add(length);
    }

    void ended(Ending ending) {
        (ending == Ending.CUT ? cuts : resets).increment();
    }

    static long nanos(String name, Duration time) {
        if (time.isNegative() || time.compareTo(Duration.ofDays(365)) > 0) {
            throw new IllegalArgumentException(name + ": " + time + " (expected: 0 to a year)");
        }
        return time.toNanos();
    }

    private static long atLeast(long least, String name, long value) {
        if (value < least) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + " or more)");
        }
        return value;
    }

    /** What has happened so far, for people who read a failed test. */
    @Override
    public String toString() {
        return counts().toString();
    }
}
