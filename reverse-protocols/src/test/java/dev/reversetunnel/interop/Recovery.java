package dev.reversetunnel.interop;

import java.util.List;
import java.util.Locale;

/**
 * How soon a tunnel worked again, each time that an end was killed.
 *
 * @param times how often
 * @param p50 seconds in half of the cases at most
 * @param p99 seconds in 99 of 100 cases at most
 * @param max seconds in the worst case
 */
record Recovery(int times, double p50, double p99, double max) {
    /** Each from the moment at which the end was back until a request that was made after it was answered. */
    static Recovery of(List<Double> seconds) {
        List<Double> sorted = seconds.stream().sorted().toList();
        return new Recovery(
                sorted.size(),
                sorted.get(sorted.size() / 2),
                sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
                sorted.get(sorted.size() - 1));
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d times: first good request p50 %.2f s, p99 %.2f s, max %.2f s after it was back",
                times,
                p50,
                p99,
                max);
    }
}
