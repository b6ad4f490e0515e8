package dev.reversetunnel;

import java.time.Duration;

/**
 * How long a node waits for what.
 *
 * @param dial for a connection of its own, name look-up included
 * @param bridge for a bridge, on a visitor's behalf
 * @param datagrams for another datagram of an association, in either direction
 * @param halfClosed for the second direction of a connection, when nothing moves after the first has ended
 */
record NodeTimes(Duration dial, Duration bridge, Duration datagrams, Duration halfClosed) {
    static final NodeTimes DEFAULT = new NodeTimes(
            Duration.ofSeconds(10), Duration.ofSeconds(3), Duration.ofSeconds(60), Duration.ofSeconds(60));
}
