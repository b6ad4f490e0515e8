package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Whether the other end of a tunnel still lives. Runs on the tunnel's loop, on a clock that stands still while our own
 * reading of the tunnel is stopped.
 *
 * <ul>
 *   <li><b>Alive</b>: heard within the interval. When it is not, it is asked.
 *   <li><b>Suspect</b>: a ping was not answered for one interval.
 *   <li><b>Dead</b>: an end of our own make, after three intervals without a byte. A foreign one, whose one read loop
 *       stands still while a single session is full, does not answer then and must not be cut (measured with V2Ray 4.34
 *       and Xray 26.3): only when it left three pings unanswered <em>and</em> its TCP shows no life; where the system
 *       does not tell, after a long silence.
 * </ul>
 *
 * <p>Towards an end of our own make we also speak when we have sent nothing for an interval: an answer may wait behind
 * megabytes on a slow way, and while our own reading is stopped we hear no question.
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on its loop only, read by anybody
final class Liveness {
    /** Hears what becomes of it. */
    interface Listener {
        /** The state has changed, from or to suspect. */
        void suspect(boolean suspect);

        /** Given up. Called once, and nothing after it. */
        void dead(String reason);
    }

    /** Tells what the operating system knows of the carrier. */
    interface Tcp {
        /** Null if it tells nothing. */
        @Nullable
        TcpSigns signs();
    }

    private final MuxConnection mux;
    private final LivenessTimes times;
    private final boolean atBridge;
    private final Tcp tcp;
    private final LongSupplier clock;
    private final RandomGenerator random;
    private final Listener listener;
    private final long interval;

    private @Nullable Future<?> next;
    private boolean stopped;
    /** The clock that stands still; and when it was set last. */
    private long now;

    private long setAt;
    private boolean readingOff;
    private long heardAt;
    private long askedAt;
    /** When we spoke last, as far as is known, by the clock that does not stand still. */
    private long spokeAt;

    private long sentThen;
    private long beat;
    private volatile long heardNanos;
    private volatile int unanswered;
    private volatile boolean suspect;
    private volatile long roundTripNanos = -1;

    Liveness(
            MuxConnection mux,
            LivenessTimes times,
            boolean atBridge,
            Tcp tcp,
            LongSupplier clock,
            RandomGenerator random,
            Listener listener) {
        this.mux = mux;
        this.times = times;
        this.atBridge = atBridge;
        this.tcp = tcp;
        this.clock = clock;
        this.random = random;
        this.listener = listener;
        this.interval = times.interval().toNanos();
        this.setAt = clock.getAsLong();
        this.heardNanos = setAt;
    }

    /** Begins to ask: the tunnel is up, and its other end was heard or is expected to be. */
    void start() {
        setAt = clock.getAsLong();
        heardNanos = setAt;
        spokeAt = setAt;
        heardAt = now;
        readingOff = isReadingOff();
        beat = jittered();
        schedule();
    }

    /** Up to a quarter shorter, so that many tunnels do not ask at one moment. */
    private long jittered() {
        return interval - random.nextLong(interval / 4 + 1);
    }

    // ---- what others ask; any thread ----

    boolean isSuspect() {
        return suspect;
    }

    /** Whether a ping is not answered yet: so nothing was heard for an interval. */
    boolean isAsked() {
        return unanswered > 0;
    }

    /** When it was heard last, in nanoseconds of the clock. */
    long heardNanos() {
        return heardNanos;
    }

    /** How long an answer took, when it was asked last; negative if that is not known. */
    long roundTripNanos() {
        return roundTripNanos;
    }

    // ---- what happens; on the loop ----

    /** Something came. */
    void heard() {
        advance();
        heardAt = now;
        heardNanos = setAt;
        if (unanswered == 0) {
            return;
        }
        if (unanswered == 1) { // else nobody knows which one was answered
            roundTripNanos = now - askedAt;
        }
        unanswered = 0;
        if (suspect) {
            suspect = false;
            listener.suspect(false);
        }
    }

    /** Our own reading was stopped, or goes on. */
    void readingChanged() {
        advance();
    }

    void stop() {
        stopped = true;
        if (next != null) {
            next.cancel(false);
        }
    }

    /** Sets the clock, on which the time in which nothing could be heard does not count. */
    private void advance() {
        long before = setAt;
        setAt = clock.getAsLong();
        if (!readingOff) {
            now += setAt - before;
        }
        readingOff = isReadingOff();
    }

    private boolean isReadingOff() {
        return mux.isBlocked() || !mux.carrier().config().isAutoRead();
    }

    // ---- the clock ticks ----

    private void schedule() {
        if (!stopped) {
            next = mux.carrier().eventLoop().schedule(this::tick, Math.max(1, untilDue()), TimeUnit.NANOSECONDS);
        }
    }

    /** Until something may be due. */
    private long untilDue() {
        if (readingOff) {
            return beat;
        }
        long due = heardAt + askAfter();
        if (unanswered
                > 0) { // by its beat it has most likely answered: then the next question is due, not the suspicion
            due = askedAt + (now - askedAt < beat ? beat : interval);
        }
        if (!mux.isOwnPeer()) {
            return due - now;
        }
        due = Math.min(due, heardAt + times.patience().toNanos());
        return Math.min(due - now, spokeAt + beat - setAt);
    }

    private long askAfter() {
        return atBridge && !mux.isOwnPeer() ? interval * LivenessTimes.FOREIGN_PORTAL_INTERVALS : beat;
    }

    private void tick() {
        advance();
        long sent = mux.bytesSent();
        if (sent != sentThen) {
            sentThen = sent;
            spokeAt = setAt;
        }
        if (!readingOff && judge()) {
            return;
        }
        if (mux.isOwnPeer() && setAt - spokeAt >= beat) {
            ping();
        }
        schedule();
    }

    /** Asks, suspects, gives up; true if that was the end. */
    private boolean judge() {
        String death = death();
        if (death != null) {
            stop();
            listener.dead(death);
            return true;
        }
        boolean late = unanswered > 0 && now - askedAt >= interval;
        if (late && !suspect) {
            suspect = true;
            listener.suspect(true);
        }
        if (late || (unanswered == 0 && now - heardAt >= askAfter())) {
            askedAt = now;
            unanswered++;
            ping();
        }
        return false;
    }

    private void ping() {
        spokeAt = setAt;
        beat = jittered();
        mux.ping();
    }

    private @Nullable String death() {
        long silent = now - heardAt;
        if (mux.isOwnPeer()) {
            return silent >= times.patience().toNanos() ? "nothing was heard for " + millis(silent) + " ms" : null;
        }
        if (unanswered < LivenessTimes.INTERVALS || now - askedAt < interval) {
            return null;
        }
        TcpSigns signs = tcp.signs();
        if (signs == null) {
            return silent >= times.silence().toNanos() ? "nothing was heard for " + millis(silent) + " ms" : null;
        }
        return signs.showsNoLife(times.patience())
                ? "nothing was heard for " + millis(silent) + " ms, and what was sent for "
                        + signs.sinceAcknowledged().toMillis() + " ms has not arrived"
                : null;
    }

    private static long millis(long nanos) {
        return Duration.ofNanos(nanos).toMillis();
    }
}
