package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The other side opens sessions faster than it may: it waits, and loses nothing. */
@ExtendWith(BufferLeakExtension.class)
class OpeningRateTest {
    private static final Destination WEB = Destination.tcp("web", 80);

    @Test
    void the_first_of_a_second_that_is_too_many_is_told_once() {
        AtomicLong now = new AtomicLong();
        OpeningRate rate = new OpeningRate(3, now::get);
        for (int second = 0; second < 3; second++) {
            for (int i = 0; i < 10; i++) {
                then(rate.exceeds()).as("%d in second %d", i, second).isEqualTo(i == 3);
            }
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        }
    }

    @Test
    void nothing_is_read_until_the_second_is_over_and_all_are_served() {
        MuxEnd end = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.newPerSecond(3));
        for (int id = 1; id <= 3; id++) {
            end.receive(new MuxFrame.New(id, WEB, Unpooled.EMPTY_BUFFER));
        }
        then(end.wire.config().isAutoRead()).isTrue();
        then(end.delayed).isZero();

        end.receive(new MuxFrame.New(4, WEB, Unpooled.EMPTY_BUFFER), new MuxFrame.New(5, WEB, Unpooled.EMPTY_BUFFER));
        then(end.wire.config().isAutoRead()).isFalse();
        then(end.delayed).isEqualTo(1);
        then(end.opened).hasSize(5);
        then(end.errors).isEmpty();

        end.wire.advanceTimeBy(1, TimeUnit.SECONDS);
        end.wire.runPendingTasks();
        then(end.wire.config().isAutoRead()).isTrue();
        then(end.wire.isActive()).isTrue();
        end.close();
    }
}
