package dev.reversetunnel.tls;

import io.netty.channel.Channel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Where the signatures of handshakes are made and files are read: a crowd that knocks must not hold up the tunnels that
 * are there. A few threads for the whole JVM, which end when there is nothing to do.
 */
final class HandshakeThreads {
    private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    private static final int IDLE_SECONDS = 1;

    /** At most one task of each handshake is in it, and the number of handshakes is limited. */
    private static final ThreadPoolExecutor POOL = new ThreadPoolExecutor(
            THREADS,
            THREADS,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            new DefaultThreadFactory("reverse-tls", true));

    static {
        POOL.allowCoreThreadTimeOut(true);
    }

    private HandshakeThreads() {}

    static void execute(Runnable task) {
        POOL.execute(task);
    }

    /** The tasks of one connection's engine. Its count is touched on the event loop only. */
    static final class OfConnection implements Executor {
        private final Channel channel;
        private Runnable whenIdle = () -> {};
        private int running;

        OfConnection(Channel channel) {
            this.channel = channel;
        }

        /** Called on the event loop whenever no task is left. */
        void whenIdle(Runnable task) {
            whenIdle = task;
        }

        boolean isIdle() {
            return running == 0;
        }

        @Override
        public void execute(Runnable task) {
            running++;
            POOL.execute(() -> {
                try {
                    task.run();
                } finally {
                    tellLoop();
                }
            });
        }

        /** Behind what the task's end has set in motion. */
        private void tellLoop() {
            try {
                channel.eventLoop().execute(this::ended);
            } catch (RejectedExecutionException e) {
                // its loop has ended, and the connection with it
            }
        }

        private void ended() {
            if (--running == 0) {
                whenIdle.run();
            }
        }
    }
}
