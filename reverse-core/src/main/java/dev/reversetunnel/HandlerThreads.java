package dev.reversetunnel;

import java.io.Serial;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedTransferQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Threads for handlers that may block: started on demand, at most 256, gone after 5 idle seconds. */
final class HandlerThreads implements Executor {
    private static final int MAX_THREADS = 256;
    private static final int IDLE_SECONDS = 5;
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final IdleFirst waiting = new IdleFirst();
    private final ThreadPoolExecutor threads = new ThreadPoolExecutor(
            0,
            MAX_THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            waiting,
            HandlerThreads::thread,
            (task, pool) -> waiting.put(task)); // all are busy

    @Override
    public void execute(Runnable task) {
        threads.execute(task);
    }

    private static Thread thread(Runnable work) {
        Thread thread = new Thread(work, "reverse-http-" + NAMES.incrementAndGet());
        thread.setDaemon(true);
        return thread;
    }

    /** Takes a task only if an idle thread waits for one: the pool starts a thread for it otherwise. */
    private static final class IdleFirst extends LinkedTransferQueue<Runnable> {
        @Serial
        private static final long serialVersionUID = 1L;

        @Override
        public boolean offer(Runnable task) {
            return tryTransfer(task);
        }
    }
}
