package dev.reversetunnel;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/**
 * What a node counts of its datagrams. Any thread.
 *
 * @param associations visitors who send datagrams now
 * @param flows ways out that are open for them
 * @param dropped datagrams that were thrown away since the start, by whoever
 */
record DatagramCounts(AtomicInteger associations, AtomicInteger flows, LongAdder dropped) {
    DatagramCounts() {
        this(new AtomicInteger(), new AtomicInteger(), new LongAdder());
    }
}
