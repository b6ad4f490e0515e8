package dev.reversetunnel;

import java.time.Duration;

/**
 * What the operating system knows of a tunnel's TCP connection. It tells a peer that is stalled, which takes no data
 * and yet acknowledges that it does not, from one that is dead.
 *
 * @param sinceAcknowledged how long ago the other side last acknowledged anything
 * @param unacknowledged how many segments are under way
 * @param retransmits how often the first of them was sent again in vain
 * @param probes how often it was asked in vain whether its window is open again
 */
record TcpSigns(Duration sinceAcknowledged, long unacknowledged, int retransmits, int probes) {
    private static final int RETRANSMITS = 3;
    private static final int PROBES = 2;

    /** Whether nothing comes back at all. A stalled peer shows no segment, retransmit or probe (measured). */
    boolean showsNoLife(Duration patience) {
        return sinceAcknowledged.compareTo(patience) >= 0
                && ((unacknowledged > 0 && retransmits >= RETRANSMITS) || probes >= PROBES);
    }
}
