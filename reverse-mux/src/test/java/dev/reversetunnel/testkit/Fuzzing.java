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
        long allowed = GARBAGE + GARBAGE_A_BYTE * input.length;
        if (allocatedBy(input, target) > allowed) {
            // classes that are loaded, and tables that they make, are paid for once
            long again = allocatedBy(input, target);
            if (again > allowed) {
                throw new AssertionError(
                        again + " bytes were allocated for " + input.length + " (expected: at most " + allowed + ")");
            }
        }
    }

    /** Feeds an input that says what is to be sent, and fails if a buffer is left; how large they were is no matter. */
    public static void judgeReleases(byte[] input, Target target) throws Exception {
        BoundedAllocator buffers = new BoundedAllocator();
        long othersBefore = usedByOthers();
        target.feed(input, buffers);
        judge(buffers, othersBefore);
    }

    private static long allocatedBy(byte[] input, Target target) throws Exception {
        BoundedAllocator buffers = new BoundedAllocator();
        long othersBefore = usedByOthers();
        long before = THREADS.getCurrentThreadAllocatedBytes();
        target.feed(input, buffers);
        long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
        judge(buffers, othersBefore);
        buffers.thenNoMoreWasHeldThanCame();
        return allocated;
    }

    private static void judge(BoundedAllocator buffers, long othersBefore) {
        buffers.thenAllIsReleased();
        long others = usedByOthers() - othersBefore;
        if (others != 0) {
            throw new AssertionError(others + " bytes of Netty's own allocator are still open");
        }
    }

    /**
     * What channels hold that the target makes for itself; known while Netty's own allocator counts, as when fuzzing.
     */
    private static long usedByOthers() {
        if (ByteBufAllocator.DEFAULT instanceof UnpooledByteBufAllocator unpooled) {
            return unpooled.metric().usedDirectMemory();
        }
        return 0;
    }
}
