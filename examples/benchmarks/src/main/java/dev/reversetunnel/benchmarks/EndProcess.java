package dev.reversetunnel.benchmarks;

import io.netty.util.internal.PlatformDependent;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;

/** What the process of a portal and that of a bridge have in common: they serve until their input ends. */
final class EndProcess {
    /** Asks for {@link #MEMORY}. */
    static final byte ASK_MEMORY = 'm';

    /** Begins the line with the bytes of live heap and of direct memory, one number. */
    static final String MEMORY = "memory: ";

    private EndProcess() {}

    /** The load run holds the other end: it is gone when the input ends, however it went. */
    static void serve() throws IOException {
        for (int asked = System.in.read(); asked >= 0; asked = System.in.read()) {
            if (asked == ASK_MEMORY) {
                System.out.println(MEMORY + memory());
            }
        }
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
