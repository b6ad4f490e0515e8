package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TcpSignsTest {
    @ParameterizedTest(name = "{4}: {5}")
    @CsvSource({
        // acknowledged ago (s), unacknowledged, retransmits, probes
        "300, 0, 0, 0, a stalled peer, false",
        "8, 3, 5, 4, nothing acknowledged for a while, false",
        "9, 3, 2, 0, two retransmits, false",
        "9, 1, 3, 0, three retransmits, true",
        "9, 0, 3, 0, retransmits of nothing, false",
        "9, 0, 0, 1, one probe, false",
        "9, 0, 0, 2, two probes, true",
    })
    void tell_a_dead_peer_from_a_stalled_one(
            int acknowledged, int unacknowledged, int retransmits, int probes, String what, boolean dead) {
        TcpSigns signs = new TcpSigns(Duration.ofSeconds(acknowledged), unacknowledged, retransmits, probes);
        then(signs.showsNoLife(Duration.ofSeconds(9))).as(what).isEqualTo(dead);
    }
}
