package dev.reversetunnel.benchmarks;

import com.sun.management.ThreadMXBean;
import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.stream.LongStream;

/** What the process of a portal and that of a bridge have in common: they serve until their input ends. */
final class EndProcess {
    /** Asks for {@link #MEMORY}. */
    static final byte ASK_MEMORY = 'm';

    /** Asks for {@link #ALLOCATED}. */
    static final byte ASK_ALLOCATED = 'a';

    /** Begins the line with the bytes of live heap and of direct memory, one number. */
    static final String MEMORY = "memory: ";

    /** Begins the line with the bytes of heap that live threads have allocated so far. */
    static final String ALLOCATED = "allocated: ";

    private EndProcess() {}

    /** The load run holds the other end: it is gone when the input ends, however it went. */
    static void serve() throws IOException {
        for (int asked = System.in.read(); asked >= 0; asked = System.in.read()) {
            if (asked == ASK_MEMORY) {
                System.out.println(MEMORY + memory());
            } else if (asked == ASK_ALLOCATED) {
                System.out.println(ALLOCATED + allocated());
            }
        }
    }

    private static long allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        return LongStream.of(threads.getThreadAllocatedBytes(threads.getAllThreadIds()))
                .filter(bytes -> bytes > 0)
                .sum();
    }

    private static long memory() {
        System.gc();
        MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
        long direct = Math.max(0, PlatformDependent.usedDirectMemory());
        for (BufferPoolMXBean pool : ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class)) {
            if (pool.getName().equals("direct")) {
                direct += pool.getMemoryUsed();
            }
        }
        return heap.getUsed() + direct;
    }
}
