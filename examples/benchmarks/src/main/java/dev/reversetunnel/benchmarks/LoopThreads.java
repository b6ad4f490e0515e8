package dev.reversetunnel.benchmarks;

import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs benchmarks on threads of the kind that event loops have: on others Netty's allocator keeps no cache. For the
 * options of a fork: {@link #CUSTOM}, {@link #CLASS} and {@link #NO_SAMPLES}.
 */
public final class LoopThreads extends ThreadPoolExecutor {
    /** An option of the JVM: JMH takes its threads from a class of ours. */
    public static final String CUSTOM = "-Djmh.executor=CUSTOM";

    /** An option of the JVM: this class. */
    public static final String CLASS = "-Djmh.executor.class=dev.reversetunnel.benchmarks.LoopThreads";

    /** An option of the JVM: Netty looks for leaks in none of the buffers; by default, in one of 128. */
    public static final String NO_SAMPLES = "-Dio.netty.leakDetection.level=disabled";

    /**
     * As JMH makes it.
     *
     * @param threads how many
     * @param name of them
     */
    public LoopThreads(int threads, String name) {
        super(threads, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), new DefaultThreadFactory(name, true));
    }
}
