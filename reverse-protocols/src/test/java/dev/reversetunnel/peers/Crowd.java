package dev.reversetunnel.peers;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Many users at the same time, each on a thread of his own. */
public final class Crowd implements AutoCloseable {
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(null, task, "user", 256 * 1024);
        thread.setDaemon(true);
        return thread;
    });

    public <T> Future<T> send(Callable<T> user) {
        return threads.submit(user);
    }

    /** What went wrong with each that failed; waits for all. */
    public static List<String> failures(List<? extends Future<?>> users) throws InterruptedException {
        List<String> failures = new ArrayList<>();
        for (Future<?> user : users) {
            try {
                user.get();
            } catch (ExecutionException e) {
                failures.add(String.valueOf(e.getCause()));
            }
        }
        return failures;
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
