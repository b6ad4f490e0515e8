package dev.reversetunnel;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.JZZ_Result;
import org.openjdk.jcstress.infra.results.ZJZ_Result;

/** A node's memory, of which several loops take and give back. */
public final class MemoryBudgetStress {
    /** Ended, so that nobody looks again later: what is wrong stays. */
    private static final EventLoopGroup NO_LOOPS = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());

    static {
        NO_LOOPS.shutdownGracefully(0, 0, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private MemoryBudgetStress() {}

    /** One budget, and what a listener was told last. */
    static class Budget {
        final MemoryBudget budget = new MemoryBudget(
                1_000, Duration.ofSeconds(10), NO_LOOPS, new LimitCounts((limit, text) -> {}), () -> 0, this::tell);
        volatile boolean toldFull;

        private void tell(boolean full) {
            toldFull = full;
        }
    }

    /** One loop spends all of it while another one gives the same back: nothing is spent, and it is not full. */
    @JCStressTest
    @Outcome(id = "0, false, false", expect = Expect.ACCEPTABLE, desc = "as if nothing had been")
    @State
    public static class Spent extends Budget {
        @Actor
        public void first() {
            budget.spend(1_000);
        }

        @Actor
        public void second() {
            budget.spend(-1_000);
        }

        @Arbiter
        public void after(JZZ_Result left) {
            left.r1 = budget.used();
            left.r2 = budget.isFull();
            left.r3 = toldFull;
        }
    }

    /** One loop gives back what had made it full, while another one asks for all of it. */
    @JCStressTest
    @Outcome(id = "false, 0, false", expect = Expect.ACCEPTABLE, desc = "asked before there was room")
    @Outcome(id = "true, 1000, true", expect = Expect.ACCEPTABLE, desc = "asked behind that, and took it")
    @State
    public static class Asked extends Budget {
        private boolean granted;

        public Asked() {
            budget.spend(960);
        }

        @Actor
        public void first() {
            granted = budget.reserve(1_000);
        }

        @Actor
        public void second() {
            budget.release(960);
        }

        @Arbiter
        public void after(ZJZ_Result left) {
            left.r1 = granted;
            left.r2 = budget.used();
            left.r3 = budget.isFull() && toldFull;
        }
    }
}
