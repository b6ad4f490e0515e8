package dev.reversetunnel.lab;

import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Finds buffers that nobody holds any more and nobody has released, by Netty's own leak detector. (To count buffers by
 * a detector of one's own is exact and needs no garbage collector, but Netty 4.1 does not let it be written, and it
 * would have to be there before the first buffer of the JVM.)
 */
final class BufferWatch {
    private static final long COLLECTION_MILLIS = 5_000;

    private final boolean active;
    private final ResourceLeakDetector.Level before = ResourceLeakDetector.getLevel();
    private final Queue<String> found = new ConcurrentLinkedQueue<>();

    BufferWatch(boolean active) {
        this.active = active;
        if (active) {
            ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.PARANOID);
            ByteBufUtil.setLeakListener((type, records) -> found.add(records));
        }
    }

    /** Ends the watch, and says what it found. */
    void end(List<String> left, List<Throwable> origins) {
        if (!active) {
            return;
        }
        boolean collected = collect();
        makeNettyReport();
        ByteBufUtil.setLeakListener(null);
        ResourceLeakDetector.setLevel(before);
        if (!found.isEmpty()) {
            left.add(found.size() + " buffers were not released");
            found.forEach(records -> origins.add(new Origin(records)));
        } else if (!collected) {
            left.add("buffers, perhaps: the garbage collector does not run when it is asked to"
                    + " (run without -XX:+DisableExplicitGC, or tolerate buffers)");
        }
    }

    /** Twice: when the second collection has told of its object, all that the first one found was told of. */
    private static boolean collect() {
        ReferenceQueue<Object> queue = new ReferenceQueue<>();
        for (int round = 0; round < 2; round++) {
            WeakReference<Object> witness = new WeakReference<>(new Object(), queue);
            System.gc();
            try {
                if (queue.remove(COLLECTION_MILLIS) != witness) {
                    return false;
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return false;
            }
        }
        return true;
    }

    /** It does so when a buffer is made. */
    private static void makeNettyReport() {
        PooledByteBufAllocator.DEFAULT.heapBuffer(1).release();
    }

    /** What Netty knows of a buffer: where it was made and used. */
    private static final class Origin extends Throwable {
        private static final long serialVersionUID = 1;

        Origin(String records) {
            super("a buffer that was not released" + records, null, false, false);
        }
    }
}
