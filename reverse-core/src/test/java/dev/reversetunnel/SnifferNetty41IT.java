package dev.reversetunnel;

import static dev.reversetunnel.SniffRig.found;
import static org.assertj.core.api.BDDAssertions.then;

import java.util.Arrays;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Netty's own parsers of TLS and HTTP are of another make in 4.1: they find the same. */
class SnifferNetty41IT {
    @ParameterizedTest
    @MethodSource("dev.reversetunnel.SnifferTest#openings")
    void an_opening_is_known_whole_and_in_two_pieces(byte[] said, Sniffed expected) {
        Sniffing all = Sniffing.of(Sniffed.HTTP, Sniffed.TLS, Sniffed.BITTORRENT);
        then(found(all, said)).isEqualTo(expected);
        for (int cut = 1; cut < said.length; cut += 1 + said.length / 40) {
            then(found(all, Arrays.copyOf(said, cut), Arrays.copyOfRange(said, cut, said.length)))
                    .as("cut at %d", cut)
                    .isEqualTo(expected);
        }
    }
}
