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
    /** Asks for the bytes of live heap and of direct memory, one number. */
    static final byte ASK_MEMORY = 'm';

    /** Asks for the bytes of heap that live threads have allocated so far. */
    static final byte ASK_ALLOCATED = 'a';

    /** Asks a bridge for {@link NewTunnels}. */
    static final byte ASK_TUNNELS = 't';

    /** Begins the line with an answer. */
    static final String ANSWER = "answer: ";

    private EndProcess() {}

    /** Answers what only one kind of process can be asked. */
    @FunctionalInterface
    interface Answers {
        String to(int asked) throws IOException, InterruptedException;
    }

    /** The load run holds the other end: it is gone when the input ends, however it went. */
    static void serve(Answers own) throws IOException, InterruptedException {
        for (int asked = System.in.read(); asked >= 0; asked = System.in.read()) {
            System.out.println(ANSWER + answer(asked, own));
        }
    }

    private static String answer(int asked, Answers own) throws IOException, InterruptedException {
        return switch (asked) {
            case ASK_MEMORY -> Long.toString(memory());
            case ASK_ALLOCATED -> Long.toString(allocated());
            default -> own.to(asked);
        };
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
