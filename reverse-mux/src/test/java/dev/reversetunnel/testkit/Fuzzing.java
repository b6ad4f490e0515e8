package dev.reversetunnel.testkit;

import com.sun.management.ThreadMXBean;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.management.ManagementFactory;

/** What every input that a fuzzer finds is judged by, whatever it is fed to. */
public final class Fuzzing {
    /** What a test itself may need, so that only a length that somebody else wrote can make it more. */
    private static final long GARBAGE = 2 << 20;

    private static final long GARBAGE_A_BYTE = 2 << 10;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private Fuzzing() {}

    /** Feeds an input to something, which takes its buffers from the allocator. */
    public interface Target {
        /** Throws what is a finding; what the target declares is caught inside. */
        void feed(byte[] input, BoundedAllocator buffers) throws Exception;
    }

    /**
     * Feeds an input and fails if a buffer is left, or if more memory was asked for than the input's size can explain.
     */
    public static void judge(byte[] input, Target target) throws Exception {
        judge(input, target, GARBAGE + GARBAGE_A_BYTE * input.length, true);
    }

    /** Feeds an input that says what is to be sent, and fails if a buffer is left; how large they were is no matter. */
    public static void judgeReleases(byte[] input, Target target) throws Exception {
        judge(input, target, Long.MAX_VALUE, false);
    }

    private static void judge(byte[] input, Target target, long allowed, boolean bounded) throws Exception {
        Cost cost = feed(input, target, bounded);
        if (cost.allocated > allowed || cost.left != 0) {
            cost = feed(input, target, bounded); // classes that are loaded, and their constants, are paid for once
        }
        if (cost.allocated > allowed) {
            throw new AssertionError(cost.allocated + " bytes were allocated for " + input.length
                    + " (expected: at most " + allowed + ")");
        }
        if (cost.left != 0) {
            throw new AssertionError(cost.left + " bytes of Netty's own allocator are still open");
        }
    }

    /**
     * What one run took.
     *
     * @param allocated on the heap, garbage included
     * @param left by channels that the target makes for itself, with Netty's own allocator
     */
    private record Cost(long allocated, long left) {}

    private static Cost feed(byte[] input, Target target, boolean bounded) throws Exception {
        BoundedAllocator buffers = new BoundedAllocator();
        long usedBefore = usedByOthers();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        target.feed(input, buffers);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        buffers.thenAllIsReleased();
        if (bounded) {
            buffers.thenNoMoreWasHeldThanCame();
        }
        return new Cost(allocated, usedByOthers() - usedBefore);
    }

    /**
     * Known while Netty's own allocator counts, as when fuzzing. Buffers on the heap may be left to the garbage
     * collector.
     */
    private static long usedByOthers() {
        if (ByteBufAllocator.DEFAULT instanceof UnpooledByteBufAllocator unpooled) {
            return unpooled.metric().usedDirectMemory();
        }
        return 0;
    }
}
