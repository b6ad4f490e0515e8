package dev.reversetunnel.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.time.Duration;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * The buffers that were allocated since this was pushed, and have not been released.
 *
 * <p>Netty tells of each buffer that it makes and of each that is freed, so this counts and needs no garbage collector.
 * A buffer belongs to the scope that was on top when it was made, whoever releases it, and whenever: a late release
 * never disturbs the next test. Heap buffers of the unpooled allocator are not told of; they need no release.
 */
final class OpenBuffers {
    private static final Deque<OpenBuffers> SCOPES = new ConcurrentLinkedDeque<>();
    private static final int TOLD_STACKS = 3;

    private final String name;
    private final Map<Tracker<?>, Throwable> open = new ConcurrentHashMap<>();

    private OpenBuffers(String name) {
        this.name = name;
    }

    /** Must come before the first buffer of this JVM: the detectors are made once. */
    static void install() {
        ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new ResourceLeakDetectorFactory() {
            @Override
            @SuppressWarnings("deprecation") // the only abstract method, and deprecated for its third parameter
            public <T> ResourceLeakDetector<T> newResourceLeakDetector(
                    Class<T> resource, int samplingInterval, long maxActive) {
                return new Detector<>(resource, samplingInterval);
            }
        });
    }

    static void push(String name) {
        SCOPES.push(new OpenBuffers(name));
    }

    static OpenBuffers pop() {
        return SCOPES.pop();
    }

    boolean isEmpty() {
        return open.isEmpty();
    }

    /**
     * Fails if buffers are left.
     *
     * @param grace for event loops that are still releasing some; not spent when there are none
     */
    void check(Duration grace) {
        long deadline = System.nanoTime() + grace.toNanos();
        open.values().removeIf(OpenBuffers::isConstant);
        while (!open.isEmpty() && System.nanoTime() < deadline) {
            LockSupport.parkNanos(1_000_000);
        }
        if (!open.isEmpty()) {
            AssertionError leak = new AssertionError(
                    open.size() + " buffers were not released in " + name + "; the first of them were made here:");
            open.values().stream().limit(TOLD_STACKS).forEach(leak::addSuppressed);
            throw leak;
        }
    }

    /** Constants of a class that the test happened to load first are made once for all tests, and never released. */
    private static boolean isConstant(Throwable origin) {
        for (StackTraceElement frame : origin.getStackTrace()) {
            if (frame.getMethodName().equals("<clinit>")) {
                return true;
            }
        }
        return false;
    }

    private static final class Detector<T> extends ResourceLeakDetector<T> {
        private final boolean tracks;

        Detector(Class<T> resource, int samplingInterval) {
            super(resource, samplingInterval);
            tracks = resource == ByteBuf.class;
        }

        @Override
        public @Nullable ResourceLeakTracker<T> track(T resource) {
            return trackForcibly(resource);
        }

        @Override
        // Netty's own tracker is nullable without saying so
        @SuppressWarnings("NullAway")
        public @Nullable ResourceLeakTracker<T> trackForcibly(T resource) {
            OpenBuffers scope = tracks ? SCOPES.peek() : null;
            if (scope == null) {
                return null;
            }
            Throwable origin = new Throwable("made in " + Thread.currentThread().getName());
            Tracker<T> tracker = new Tracker<>(scope);
            scope.open.put(tracker, origin);
            return tracker;
        }
    }

    private static final class Tracker<T> implements ResourceLeakTracker<T> {
        private final OpenBuffers scope;

        Tracker(OpenBuffers scope) {
            this.scope = scope;
        }

        @Override
        public void record() {}

        @Override
        public void record(Object hint) {}

        @Override
        public boolean close(T resource) {
            return scope.open.remove(this) != null;
        }
    }
}
