package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A reader that stops: bounded memory, a grace period, and then he alone is ended. */
@ExtendWith(BufferLeakExtension.class)
class SlowReadersTest {
    private static final Destination WEB = Destination.tcp("web", 80);
    private static final int SESSION = 1_000;
    private static final int TUNNEL = 4_000;
    private static final Duration GRACE = Duration.ofSeconds(10);

    private final MuxEnd end = new MuxEnd(
            MuxRole.SERVER, MuxOptions.DEFAULT.queueBytes(SESSION, TUNNEL).grace(GRACE));

    @AfterEach
    void close() {
        end.close();
    }

    /** A session that queues so many bytes. */
    private MuxSession stalled(int id, int bytes) {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(id, WEB, payload(bytes)));
        return end.last();
    }

    private static ByteBuf payload(int bytes) {
        return Unpooled.wrappedBuffer(new byte[bytes]);
    }

    private void pass(Duration time) {
        end.wire.advanceTimeBy(time.toNanos(), TimeUnit.NANOSECONDS);
        end.wire.runPendingTasks();
    }

    @Test
    void a_full_budget_is_borne_and_one_byte_more_stops_the_reading() {
        MuxSession slow = stalled(1, SESSION);
        then(end.mux.isBlocked()).isFalse();
        then(end.wire.config().isAutoRead()).isTrue();

        end.receive(new MuxFrame.Keep(1, payload(1)));
        then(end.mux.isBlocked()).isTrue();
        then(end.wire.config().isAutoRead()).isFalse();
        then(end.blocked).containsExactly(true);
        then(slow.isOpen()).isTrue();
    }

    @Test
    void reading_goes_on_when_the_queue_is_half_empty() {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB, payload(600)), new MuxFrame.Keep(1, payload(500)));
        MuxSession slow = end.last();
        then(end.mux.isBlocked()).isTrue();

        slow.pipeline().addFirst(new StopAfterEachRead());
        slow.read();
        end.wire.runPendingTasks();
        then(slow.queuedBytes()).isEqualTo(500);
        then(end.mux.isBlocked()).isFalse();
        then(end.wire.config().isAutoRead()).isTrue();
        then(end.blocked).containsExactly(true, false);

        pass(GRACE.multipliedBy(3));
        then(slow.isOpen()).isTrue();
    }

    @Test
    void after_the_grace_period_the_slow_one_alone_is_ended_and_the_rest_goes_on() {
        end.onOpen = session -> session.config().setAutoRead(true);
        end.receive(new MuxFrame.New(7, WEB));
        MuxSession other = end.last();
        MuxSession slow = stalled(1, SESSION + 1);
        pass(GRACE.minusMillis(1));
        then(slow.isOpen()).isTrue();

        pass(Duration.ofMillis(1));
        then(slow.isOpen()).isFalse();
        then(end.reasons()).containsExactly(Reason.TOO_SLOW);
        then(end.errors.get(0))
                .hasMessage("session 1: its reader took nothing of 1001 bytes for 10000 ms; ended, so that the others"
                        + " go on");
        then(end.sent()).containsExactly("End 1 error");
        then(end.mux.isBlocked()).isFalse();
        then(end.wire.config().isAutoRead()).isTrue();
        then(end.mux.queuedBytes()).isZero();

        end.receive(new MuxFrame.Keep(7, bytes("still here")));
        then(Taker.of(other).text()).isEqualTo("still here");
    }

    @Test
    void a_reader_that_takes_something_has_another_grace_period() {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB, payload(100)), new MuxFrame.Keep(1, payload(SESSION)));
        MuxSession slow = end.last();
        slow.pipeline().addFirst(new StopAfterEachRead());
        pass(GRACE.minusSeconds(1));
        slow.read();
        end.wire.runPendingTasks();
        then(slow.queuedBytes()).isEqualTo(SESSION);

        pass(Duration.ofSeconds(1));
        then(slow.isOpen()).isTrue();
        pass(GRACE);
        then(slow.isOpen()).isFalse();
    }

    @Test
    void a_reader_that_trickles_is_ended_after_two_grace_periods() {
        MuxSession slow = trickling(SESSION + 50);
        then(trickle(slow, GRACE.multipliedBy(2).minusSeconds(1))).isTrue();
        pass(Duration.ofSeconds(1));
        then(slow.isOpen()).isFalse();
        then(end.reasons()).containsExactly(Reason.TOO_SLOW);
        then(end.errors.get(0))
                .hasMessage("session 1: its reader still had 1031 bytes to take after 20000 ms; ended, so that the"
                        + " others go on");
        then(end.mux.isBlocked()).isFalse();
    }

    @Test
    void a_reader_that_empties_half_of_its_queue_in_two_grace_periods_is_spared_each_time() {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB));
        MuxSession steady = end.last();
        steady.pipeline().addFirst(new StopAfterEachRead());
        for (int round = 0; round < 5; round++) {
            for (int part = 0; part < 12; part++) {
                end.receive(new MuxFrame.Keep(1, payload(100)));
            }
            then(end.mux.isBlocked()).isTrue();
            for (int second = 0; second < 19; second++) {
                pass(Duration.ofSeconds(1));
                if (second % 2 == 1) {
                    steady.read();
                    end.wire.runPendingTasks();
                }
            }
            then(end.mux.isBlocked()).isFalse();
            while (steady.queuedBytes() > 0) {
                steady.read();
                end.wire.runPendingTasks();
            }
        }
        then(end.errors).isEmpty();
    }

    @Test
    void many_that_trickle_together_are_ended_after_two_grace_periods_the_largest_first() {
        List<MuxSession> sessions = new ArrayList<>();
        for (int id = 1; id <= 5; id++) {
            end.onOpen = session -> {};
            end.receive(new MuxFrame.New(id, WEB));
            MuxSession session = end.last();
            session.pipeline().addFirst(new StopAfterEachRead());
            for (int bytes = 0; bytes < 10; bytes++) {
                end.receive(new MuxFrame.Keep(id, payload(1)));
            }
            end.receive(new MuxFrame.Keep(id, payload(850 + id)));
            sessions.add(session);
        }
        then(end.mux.isBlocked()).isTrue();
        for (int period = 1; period <= 2; period++) {
            then(end.errors).isEmpty();
            for (MuxSession session : sessions) {
                session.read();
            }
            pass(GRACE);
        }
        then(end.sent()).containsExactly("End 5 error", "End 4 error", "End 3 error");
        then(end.mux.isBlocked()).isFalse();
    }

    /** A session that has to queue so many bytes, of which the first come one by one. */
    private MuxSession trickling(int bytes) {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB));
        MuxSession slow = end.last();
        slow.pipeline().addFirst(new StopAfterEachRead());
        MuxFrame[] frames = new MuxFrame[51];
        for (int i = 0; i < 50; i++) {
            frames[i] = new MuxFrame.Keep(1, payload(1));
        }
        frames[50] = new MuxFrame.Keep(1, payload(bytes - 50));
        end.receive(frames);
        then(end.mux.isBlocked()).isTrue();
        return slow;
    }

    /** Takes a byte each second; whether the session is still open. */
    private boolean trickle(MuxSession slow, Duration time) {
        for (long second = 0; second < time.toSeconds(); second++) {
            slow.read();
            pass(Duration.ofSeconds(1));
        }
        return slow.isOpen();
    }

    @Test
    void a_slow_reader_whose_session_has_ended_is_ended_without_another_end() {
        MuxSession slow = stalled(1, SESSION + 1);
        end.receive(new MuxFrame.End(1, false));
        then(end.sent()).containsExactly("End 1");

        pass(GRACE);
        then(slow.isOpen()).isFalse();
        then(end.sent()).isEmpty();
        then(end.mux.isBlocked()).isFalse();
    }

    @Test
    void a_slow_reader_that_goes_away_frees_the_others_at_once() {
        MuxSession slow = stalled(1, SESSION + 1);
        slow.close();
        end.wire.runPendingTasks();

        then(end.mux.isBlocked()).isFalse();
        then(end.mux.queuedBytes()).isZero();
    }

    @Test
    void many_queues_that_are_not_full_stop_the_reading_together() {
        for (int id = 1; id <= 5; id++) {
            stalled(id, 801);
        }
        then(end.mux.isBlocked()).isTrue();
    }

    @Test
    void of_many_queues_the_largest_are_ended_after_one_grace_period_until_half_is_free() {
        for (int id = 1; id <= 5; id++) {
            stalled(id, 800 + id);
        }
        pass(GRACE);

        then(end.sent()).containsExactly("End 5 error", "End 4 error", "End 3 error");
        then(end.mux.queuedBytes()).isEqualTo(801 + 802);
        then(end.mux.isBlocked()).isFalse();
        pass(GRACE.multipliedBy(2));
        then(end.errors).hasSize(3);
    }

    @Test
    void of_many_queues_those_that_move_are_spared() {
        List<MuxSession> sessions = new ArrayList<>();
        for (int id = 1; id <= 5; id++) {
            end.onOpen = session -> {};
            end.receive(new MuxFrame.New(id, WEB, payload(10)), new MuxFrame.Keep(id, payload(800 + id)));
            sessions.add(end.last());
        }
        for (MuxSession moving : sessions.subList(3, 5)) {
            moving.pipeline().addFirst(new StopAfterEachRead());
            moving.read();
        }
        pass(GRACE);

        then(end.sent()).containsExactly("End 3 error", "End 2 error", "End 1 error");
        then(end.mux.isBlocked()).isFalse();
    }

    @Test
    void a_tunnel_never_stays_blocked_when_the_largest_queue_has_moved() {
        List<MuxSession> sessions = new ArrayList<>();
        for (int id = 1; id <= 5; id++) {
            sessions.add(stalled(id, 800 + id));
        }
        sessions.get(4).config().setAutoRead(true); // takes all of it
        end.wire.runPendingTasks();
        then(end.mux.isBlocked()).isTrue();
        pass(GRACE);

        then(end.mux.isBlocked()).isFalse();
        then(end.sent()).containsExactly("End 4 error", "End 3 error");
    }

    @Test
    void watching_one_reader_over_and_over_leaves_one_timer() {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB));
        MuxSession slow = end.last();
        for (int i = 0; i < 100; i++) {
            end.receive(new MuxFrame.Keep(1, payload(SESSION + 1)));
            slow.read();
            end.wire.runPendingTasks();
        }
        then(slow.isOpen()).isTrue();
        end.receive(new MuxFrame.Keep(1, payload(SESSION + 1)));
        pass(GRACE);
        then(end.errors).hasSize(1);
    }

    @Test
    void a_lost_carrier_watches_nobody() {
        end.onOpen = session -> {};
        end.receive(new MuxFrame.New(1, WEB, payload(SESSION + 1)), new MuxFrame.End(1, false));
        MuxSession slow = end.last();
        end.wire.close();
        pass(GRACE.multipliedBy(2));

        then(slow.isOpen()).isTrue();
        then(end.errors).isEmpty();
        slow.close();
    }

    /** Takes one message of the queue each time. */
    private static final class StopAfterEachRead extends io.netty.channel.ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(io.netty.channel.ChannelHandlerContext ctx, Object message) {
            ctx.channel().config().setAutoRead(true);
            ctx.channel().config().setAutoRead(false);
            ctx.fireChannelRead(message);
        }
    }
}
