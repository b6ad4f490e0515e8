package dev.reversetunnel.net;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whoever reads a log sees what a peer wrote, and nothing that he could have forged by it. */
class PeerTextTest {
    @Test
    void plain_words_stay_as_they_are() {
        then(PeerText.line("connection refused {} 100%")).isEqualTo("connection refused {} 100%");
        then(PeerText.line("")).isEmpty();
    }

    @Test
    void no_line_ends_and_no_terminal_is_commanded() {
        then(PeerText.line("a\r\nb\u001b[2J\u2028\u202e\"\\"))
                .isEqualTo("a\\u000d\\u000ab\\u001b[2J\\u2028\\u202e\\u0022\\u005c");
    }

    @Test
    void is_cut_and_never_inside_an_escape() {
        then(PeerText.line("x".repeat(256))).isEqualTo("x".repeat(256));
        then(PeerText.line("x".repeat(10_000))).isEqualTo("x".repeat(253) + "...");
        then(PeerText.line("\n".repeat(10_000))).isEqualTo("\\u000a".repeat(42) + "...");
    }

    @Test
    void whatever_it_is_it_is_one_printable_line() {
        Random random = new Random(3);
        for (int i = 0; i < 10_000; i++) {
            StringBuilder text = new StringBuilder();
            for (int length = random.nextInt(400); length > 0; length--) {
                text.append((char) random.nextInt(random.nextBoolean() ? 256 : 65_536));
            }
            then(PeerText.line(text.toString()))
                    .hasSizeLessThanOrEqualTo(PeerText.MAX_LENGTH)
                    .matches("[ -~]*");
        }
    }

    @Test
    void a_destination_that_cannot_be_is_told_in_one_short_line() {
        thenThrownBy(() -> Destination.tcp("\n".repeat(255), 80))
                .isInstanceOf(IllegalArgumentException.class)
                .satisfies(e -> then(String.valueOf(e.getMessage()))
                        .hasSizeLessThan(420)
                        .matches("[ -~]*"));
    }
}
