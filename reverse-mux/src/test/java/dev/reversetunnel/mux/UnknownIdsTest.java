package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class UnknownIdsTest {
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000); // a clock that is about to wrap
    private final UnknownIds ids = new UnknownIds(now::get);

    @Test
    void an_id_deserves_an_answer_again_when_five_seconds_are_over() {
        then(ids.deservesAnswer(7)).isTrue();
        now.addAndGet(TimeUnit.SECONDS.toNanos(5));
        then(ids.deservesAnswer(7)).isFalse();
        now.addAndGet(1);
        then(ids.deservesAnswer(7)).isTrue();
        then(ids.deservesAnswer(7)).isFalse();
        then(ids.deservesAnswer(8)).isTrue();
    }

    @Test
    void the_ping_deserves_ten_answers_in_each_second() {
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < 10; i++) {
                then(ids.deservesAnswer(MuxFrame.MAX_SESSION_ID)).isTrue();
            }
            then(ids.deservesAnswer(MuxFrame.MAX_SESSION_ID)).isFalse();
            now.addAndGet(TimeUnit.SECONDS.toNanos(1) + 1);
        }
    }

    @Test
    void a_flood_is_more_than_a_thousand_in_a_second() {
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < UnknownIds.MAX_IDLE_FRAMES; i++) {
                then(ids.isFlood()).isFalse();
            }
            now.addAndGet(TimeUnit.SECONDS.toNanos(1) + 1);
        }
        for (int i = 0; i < UnknownIds.MAX_IDLE_FRAMES; i++) {
            ids.isFlood();
        }
        then(ids.isFlood()).isTrue();
    }
}
