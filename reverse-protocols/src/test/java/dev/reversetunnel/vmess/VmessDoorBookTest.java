package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.net.Destination;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** What the owner reads in his log. */
class VmessDoorBookTest {
    private static final long NOW = 1_767_225_600L;
    private static final String ID = "canary-secret-id";

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final ServerRig server =
            new ServerRig(buffers.allocator(), NOW, false, List.of(new VmessUser("shop", UserKey.of(ID))));

    private void open(long clientSeconds) {
        VmessRequest request =
                VmessRequest.random(Destination.tcp("canary", 1), VmessSecurity.AES_128_GCM, 0x0d, Randomness.secure());
        EmbeddedChannel channel = server.connection();
        ServerRig.feed(
                channel, buffers.of(RequestHeader.seal(UserKey.of(ID), request, clientSeconds, Randomness.secure())));
        channel.finishAndReleaseAll();
    }

    private static String logOf(Runnable work) {
        PrintStream before = System.err;
        ByteArrayOutputStream log = new ByteArrayOutputStream();
        try (PrintStream captured = new PrintStream(log, true, StandardCharsets.UTF_8)) {
            System.setErr(captured);
            work.run();
        } finally {
            System.setErr(before);
        }
        return log.toString(StandardCharsets.UTF_8);
    }

    @Test
    void tells_whose_clock_is_off_and_by_how_much() {
        String log = logOf(() -> {
            open(NOW + 183);
        });

        then(log)
                .contains("user \"shop\": the peer's clock is 183 s ahead (allowed: 120 s); set one of the clocks")
                .contains("refused {CLOCK=1}");
    }

    @Test
    void tells_of_a_clock_that_is_behind_since_1970() {
        String log = logOf(() -> open(100));

        then(log).contains("the peer's clock is " + (NOW - 100) + " s behind");
    }

    @Test
    void warns_once_a_minute_with_the_counts() {
        String log = logOf(() -> {
            for (int i = 0; i < 10; i++) {
                open(NOW + 150);
            }
            server.clock.setSecond(NOW + 59);
            open(NOW + 350);
            server.clock.setSecond(NOW + 61);
            open(NOW + 350);
        });

        then(log.lines().filter(line -> line.contains("WARN"))).hasSize(2);
        then(log).contains("refused {CLOCK=1}").contains("refused {CLOCK=12}");
        then(server.book.counters().refused(Reason.CLOCK)).isEqualTo(12);
    }

    @Test
    void never_holds_an_id() {
        String log = logOf(() -> {
            open(NOW);
            open(NOW + 500);
        });

        then(log)
                .isNotEmpty()
                .doesNotContain(ID)
                .doesNotContain(UserId.of(ID).uuid().toString());
    }
}
