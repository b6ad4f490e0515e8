package dev.reversetunnel;

import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A deadline that is moved for every request while its timer is hardly touched: the timer looks, when it fires, whether
 * the deadline has moved on. Used on its event loop only.
 */
final class Deadline {
    private final EventExecutor loop;
    private final Runnable missed;
    private @Nullable Future<?> timer;
    private long timerNanos;
    private boolean set;
    private long deadlineNanos;

    /**
     * Not set yet.
     *
     * @param loop where {@code missed} runs
     * @param missed what to do when the deadline has passed
     */
    Deadline(EventExecutor loop, Runnable missed) {
        this.loop = loop;
        this.missed = missed;
    }

    /** Sets the deadline anew, from now; zero clears it. */
    void in(Duration time) {
        if (time.isZero()) {
            clear();
            return;
        }
        set = true;
        deadlineNanos = System.nanoTime() + nanos(time);
        if (timer == null) {
            start();
        } else if (timerNanos - deadlineNanos > 0) {
            timer.cancel(false);
            start();
        }
    }

    /** Lets it pass. The timer stays, for the next one. */
    void clear() {
        set = false;
    }

    /** Ends the timer. */
    void cancel() {
        set = false;
        if (timer != null) {
            timer.cancel(false);
            timer = null;
        }
    }

    private void start() {
        timerNanos = deadlineNanos;
        timer = loop.schedule(this::fired, Math.max(0, deadlineNanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    private void fired() {
        timer = null;
        if (!set) {
            return;
        }
        if (deadlineNanos - System.nanoTime() > 0) {
            start();
            return;
        }
        set = false;
        missed.run();
    }

    private static long nanos(Duration time) {
        // beyond a year is for ever, and nanoseconds must not overflow
        return time.compareTo(Duration.ofDays(365)) > 0 ? Duration.ofDays(365).toNanos() : time.toNanos();
    }
}
