package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Time is moved by the test. */
class LivenessTest {
    private static final MuxOptions SMALL_QUEUES =
            MuxOptions.DEFAULT.maxSessions(16).queueBytes(4, 64).grace(Duration.ofHours(1));

    private final EmbeddedChannel carrier = new EmbeddedChannel();
    private final MuxConnection mux = MuxConnection.install(carrier, MuxRole.SERVER, SMALL_QUEUES, new MuxListener() {
        @Override
        public boolean acceptSession(MuxSession session) {
            return true;
        }
    });
    private int deaths;
    private final Liveness liveness = new Liveness(mux, () -> deaths++);

    LivenessTest() {
        carrier.freezeTime();
        liveness.start();
    }

    @AfterEach
    void end() {
        carrier.finishAndReleaseAll();
    }

    /** Moves on second by second, and says how many pings went out. */
    private int pings(int seconds) {
        int pings = 0;
        for (int i = 0; i < seconds; i++) {
            carrier.advanceTimeBy(1, TimeUnit.SECONDS);
            carrier.runPendingTasks();
            for (ByteBuf bytes = carrier.readOutbound(); bytes != null; bytes = carrier.readOutbound()) {
                pings += Hex.of(bytes).startsWith("0004ffff0201") ? 1 : 0;
                bytes.release();
            }
        }
        return pings;
    }

    @Test
    void asks_nothing_while_the_other_end_is_heard() {
        for (int i = 0; i < 20; i++) {
            liveness.heard();
            then(pings(10)).isZero();
        }
        then(deaths).isZero();
    }

    @Test
    void asks_after_a_silence_and_gives_up_when_no_answer_comes() {
        then(pings(19)).isZero(); // the first tick still counts what was heard at the start
        then(pings(45)).isBetween(8, 10);
        then(deaths).isZero();
        pings(6);
        then(deaths).isEqualTo(1);
        then(pings(600)).isZero();
        then(deaths).isEqualTo(1);
    }

    @Test
    void an_answer_is_a_sign_of_life() {
        for (int i = 0; i < 10; i++) {
            then(pings(30)).isPositive();
            liveness.heard();
        }
        then(deaths).isZero();
    }

    @Test
    void the_clock_stands_still_while_our_own_reading_is_stopped() {
        // GIVEN a session whose reader takes nothing
        carrier.writeInbound(Hex.buffer("000c 0001 01 01 01 0050 01 7f000001 | 0008 0102030405060708"));
        then(mux.isBlocked()).isTrue();
        // THEN
        then(pings(600)).isZero();
        then(deaths).isZero();
    }

    @Test
    void is_over_with_its_tunnel() {
        liveness.stop();
        then(pings(600)).isZero();
        then(deaths).isZero();
    }
}
