package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What waits in a node is counted, and never more than it may be. */
@ExtendWith(BufferLeakExtension.class)
class MemoryBudgetTest {
    private static final int LIMIT = 1_000_000;
    private static final int ROUNDS = 500;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final AtomicLong now = new AtomicLong();
    private final List<String> told = new CopyOnWriteArrayList<>();
    private final List<Boolean> changes = Collections.synchronizedList(new ArrayList<>());
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final LimitCounts limits = new LimitCounts((limit, detail) -> told.add(limit + ": " + detail));
    private final MemoryBudget budget =
            new MemoryBudget(LIMIT, Duration.ofSeconds(10), loops, limits, now::get, changes::add);

    @AfterEach
    void end() {
        threads.shutdownNow();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void is_full_above_95_percent_until_it_is_below_85() {
        budget.spend(950_000);
        then(budget.isFull()).isFalse();
        budget.spend(1);
        then(budget.isFull()).isTrue();
        then(told).singleElement().asString().startsWith("MEMORY").contains("950001 of 1000000");

        budget.spend(-100_001);
        then(budget.isFull()).as("at 85 %").isTrue();
        budget.spend(-1);
        then(budget.isFull()).isFalse();
        then(changes).containsExactly(true, false);
    }

    @Test
    void grants_nothing_beyond_its_limit_and_counts_that() {
        then(budget.reserve(LIMIT)).isTrue();
        then(budget.reserve(1)).isFalse();
        then(budget.used()).isEqualTo(LIMIT);
        then(limits.snapshot()).containsKey(Limit.MEMORY);
        budget.release(LIMIT);
        then(budget.reserve(1)).isTrue();
    }

    @Test
    void counts_what_waits_in_a_relays_sink_and_forgets_it_when_it_is_read_or_closed() {
        EmbeddedChannel sink = new EmbeddedChannel();
        SinkMemory memory = budget.follow(sink);
        sink.write(Unpooled.wrappedBuffer(new byte[50_000]));
        memory.measure();
        then(budget.used()).isBetween(50_000L, 51_000L);
        sink.flush();
        then(budget.used()).isZero();

        sink.write(Unpooled.wrappedBuffer(new byte[50_000]));
        memory.measure();
        sink.close();
        then(budget.used()).isZero();
        memory.measure();
        then(budget.used()).isZero();
        sink.finishAndReleaseAll();
    }

    @Test
    void each_may_hold_less_while_it_is_full() {
        EmbeddedChannel before = new EmbeddedChannel();
        budget.follow(before);
        int wide = before.config().getWriteBufferHighWaterMark();
        budget.spend(LIMIT);
        EmbeddedChannel during = new EmbeddedChannel();
        budget.follow(during);
        for (EmbeddedChannel sink : List.of(before, during)) {
            then(sink.config().getWriteBufferWaterMark()).isEqualTo(MemoryBudget.NARROW);
        }
        budget.spend(-LIMIT);
        for (EmbeddedChannel sink : List.of(before, during)) {
            then(sink.config().getWriteBufferHighWaterMark()).isEqualTo(wide);
            sink.finishAndReleaseAll();
        }
    }

    @Test
    void who_stands_still_while_it_is_full_is_reset_and_who_reads_is_not() {
        EmbeddedChannel stalled = new EmbeddedChannel();
        EmbeddedChannel reads = new EmbeddedChannel();
        SinkMemory first = budget.follow(stalled);
        SinkMemory second = budget.follow(reads);
        stalled.write(Unpooled.wrappedBuffer(new byte[980_000]));
        reads.write(Unpooled.wrappedBuffer(new byte[5_000]));
        first.measure();
        second.measure();
        then(budget.isFull()).isTrue();
        then(stalled.isOpen()).isTrue();
        await().until(() -> {
            now.addAndGet(TimeUnit.SECONDS.toNanos(1));
            reads.write(Unpooled.wrappedBuffer(new byte[1])); // something moves
            stalled.runPendingTasks();
            return !stalled.isOpen();
        });
        then(reads.isOpen()).isTrue();
        then(budget.isFull()).isFalse();
        then(budget.used()).isLessThan(LIMIT / 2);
        stalled.finishAndReleaseAll();
        reads.finishAndReleaseAll();
    }

    @Test
    void a_tunnel_spends_what_it_was_granted_or_what_waits_whichever_is_more() {
        TunnelMemory tunnel = TunnelMemory.of(MuxOptions.DEFAULT.budget(budget));
        then(tunnel.reserve(1_000)).isTrue();
        tunnel.waits(400);
        then(budget.used()).isEqualTo(1_000);
        tunnel.waits(1_500);
        then(budget.used()).isEqualTo(1_500);
        then(tunnel.reserve(200)).isTrue();
        then(budget.used()).isEqualTo(1_500);
        tunnel.release(1_200);
        then(budget.used()).isEqualTo(1_500);
        tunnel.waits(0);
        then(budget.used()).isZero();
        then(tunnel.reserve(LIMIT + 1)).isFalse();
        then(budget.used()).isZero();
    }

    // ---- who comes when all is given back ----

    /** It is given back in the moment in which it becomes full, before anybody could know. */
    @Test
    void is_not_full_when_one_gives_back_what_another_takes_at_the_same_time() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            together(() -> budget.spend(LIMIT), () -> budget.spend(-LIMIT));
            thenAllAreLetIn();
        }
    }

    @Test
    void is_not_full_when_one_gives_back_while_another_asks_for_more_than_there_is() throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            budget.spend(960_000);
            AtomicBoolean granted = new AtomicBoolean();
            together(() -> granted.set(budget.reserve(LIMIT)), () -> budget.release(960_000));
            if (granted.get()) {
                budget.release(LIMIT);
            }
            thenAllAreLetIn();
        }
    }

    @Test
    void many_who_take_and_give_back_leave_it_empty() throws Exception {
        EmbeddedChannel sink = new EmbeddedChannel();
        int wide = sink.config().getWriteBufferHighWaterMark();
        budget.follow(sink);
        Runnable visitor = () -> {
            for (int i = 0; i < ROUNDS; i++) {
                if (budget.reserve(600_000)) {
                    budget.release(600_000);
                }
                budget.spend(LIMIT);
                budget.spend(-LIMIT);
            }
        };
        together(visitor, visitor, visitor, visitor);
        then(changes).contains(true);
        thenAllAreLetIn();
        then(sink.config().getWriteBufferHighWaterMark()).isEqualTo(wide);
        sink.finishAndReleaseAll();
    }

    /** Who was told that it is full is told of the room behind that, whoever made it. */
    @Test
    void tells_in_their_order_what_happens_on_several_threads() {
        List<Boolean> heard = new CopyOnWriteArrayList<>();
        AtomicReference<MemoryBudget> self = new AtomicReference<>();
        MemoryBudget slowlyTold = new MemoryBudget(LIMIT, Duration.ofSeconds(10), loops, limits, now::get, full -> {
            if (full) { // before he has taken that in, all of it is given back
                CompletableFuture.runAsync(() -> self.get().release(LIMIT)).join();
            }
            heard.add(full);
        });
        self.set(slowlyTold);

        then(slowlyTold.reserve(LIMIT)).isTrue();
        then(heard).containsExactly(true, false);
        then(slowlyTold.isFull()).isFalse();
    }

    private void thenAllAreLetIn() {
        then(budget.used()).isZero();
        then(budget.isFull()).isFalse();
        then(changes.isEmpty() || !changes.get(changes.size() - 1))
                .as("told last that there is room: %s", changes)
                .isTrue();
        then(budget.reserve(900_000)).isTrue();
        budget.release(900_000);
    }

    /** All of them at the same time, and until all are done. */
    private void together(Runnable... visitors) throws Exception {
        List<Future<?>> done = new ArrayList<>();
        AtomicInteger missing = new AtomicInteger(visitors.length);
        for (Runnable visitor : visitors) {
            done.add(threads.submit(() -> {
                missing.decrementAndGet();
                while (missing.get() > 0) {
                    Thread.onSpinWait();
                }
                visitor.run();
            }));
        }
        for (Future<?> one : done) {
            one.get();
        }
    }
}
