package dev.reversetunnel.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test that leaves a buffer unreleased, and a test class that leaves one of its {@code @BeforeAll} behind.
 *
 * <p>Registered for all tests by {@code META-INF/services} and {@code junit-platform.properties}; {@code @ExtendWith}
 * on a class does no harm beside that. A buffer is looked for after {@code @AfterEach}, for up to three seconds while
 * event loops are still at work. A test that failed already is not judged. Test classes must not run in parallel.
 */
public final class BufferLeakExtension
        implements BeforeAllCallback, BeforeEachCallback, AfterEachCallback, AfterAllCallback {
    private static final Duration GRACE = Duration.ofSeconds(3);

    static {
        OpenBuffers.install();
    }

    private final Duration grace;

    /** As JUnit makes it. */
    public BufferLeakExtension() {
        this(GRACE);
    }

    BufferLeakExtension(Duration grace) {
        this.grace = grace;
    }

    @Override
    public void beforeAll(ExtensionContext context) {
        OpenBuffers.push(context.getDisplayName());
        requireThatBuffersAreSeen();
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        OpenBuffers.push(context.getDisplayName());
    }

    @Override
    public void afterEach(ExtensionContext context) {
        check(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        check(context);
    }

    private void check(ExtensionContext context) {
        OpenBuffers scope = OpenBuffers.pop();
        if (context.getExecutionException().isEmpty()) {
            scope.check(grace);
        }
    }

    /** Netty makes its detectors once: had a buffer been made before this class was there, no leak would be seen. */
    private static void requireThatBuffersAreSeen() {
        OpenBuffers.push("probe");
        ByteBuf probe = PooledByteBufAllocator.DEFAULT.buffer(1);
        OpenBuffers scope = OpenBuffers.pop();
        boolean seen = !scope.isEmpty();
        probe.release();
        if (!seen) {
            throw new IllegalStateException("BufferLeakExtension: came too late to see buffers (expected: registered"
                    + " by META-INF/services, with junit.jupiter.extensions.autodetection.enabled=true)");
        }
    }
}
