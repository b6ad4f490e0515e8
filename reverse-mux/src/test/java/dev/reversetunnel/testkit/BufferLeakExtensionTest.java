package dev.reversetunnel.testkit;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.netty.buffer.AdaptiveByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Calls the extension as JUnit does. */
class BufferLeakExtensionTest {
    private final BufferLeakExtension extension = new BufferLeakExtension(Duration.ZERO);

    static Stream<ByteBufAllocator> allocators() {
        return Stream.of(
                PooledByteBufAllocator.DEFAULT, UnpooledByteBufAllocator.DEFAULT, new AdaptiveByteBufAllocator());
    }

    @Test
    void watches_every_test_without_being_asked() {
        assumeFalse(getClass().getModule().isNamed(), "ServiceLoader ignores META-INF/services of a named module");
        OpenBuffers mine = OpenBuffers.pop();
        OpenBuffers ofTheClass = OpenBuffers.pop();
        OpenBuffers.push("class");
        OpenBuffers.push("test");

        then(mine.isEmpty()).isTrue();
        then(ofTheClass.isEmpty()).isTrue();
    }

    @ParameterizedTest
    @MethodSource("allocators")
    void fails_a_test_that_leaks(ByteBufAllocator allocator) {
        // GIVEN
        extension.beforeEach(context("leaky()", null));
        ByteBuf leaked = allocator.directBuffer(16);
        // THEN
        thenThrownBy(() -> extension.afterEach(context("leaky()", null)))
                .isInstanceOf(AssertionError.class)
                .hasMessageStartingWith("1 buffers were not released in leaky()")
                .satisfies(e -> then(e.getSuppressed()[0].getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("fails_a_test_that_leaks")));
        leaked.release();
    }

    @Test
    void fails_a_test_that_leaks_a_slice() {
        extension.beforeEach(context("leaky()", null));
        ByteBuf whole = ByteBufAllocator.DEFAULT.buffer(16).writeLong(1);
        ByteBuf slice = whole.readRetainedSlice(4);
        whole.release();
        thenThrownBy(() -> extension.afterEach(context("leaky()", null))).hasMessageContaining("not released");
        slice.release();
    }

    @Test
    void fails_a_class_that_leaks() {
        extension.beforeAll(context("LeakyTest", null));
        ByteBuf leaked = ByteBufAllocator.DEFAULT.buffer(16);
        thenThrownBy(() -> extension.afterAll(context("LeakyTest", null))).hasMessageContaining("LeakyTest");
        leaked.release();
    }

    @Test
    void passes_a_test_that_releases() {
        extension.beforeEach(context("tidy()", null));
        ByteBufAllocator.DEFAULT
                .compositeBuffer()
                .addComponent(ByteBufAllocator.DEFAULT.buffer(1))
                .release();
        thenCode(() -> extension.afterEach(context("tidy()", null))).doesNotThrowAnyException();
    }

    @Test
    void waits_for_another_thread_to_release() {
        var patient = new BufferLeakExtension(Duration.ofSeconds(30));
        patient.beforeEach(context("slow()", null));
        ByteBuf late = ByteBufAllocator.DEFAULT.buffer(1);
        CompletableFuture.runAsync(late::release);
        thenCode(() -> patient.afterEach(context("slow()", null))).doesNotThrowAnyException();
    }

    @Test
    void does_not_judge_a_test_that_failed_already() {
        extension.beforeEach(context("broken()", null));
        ByteBuf leaked = ByteBufAllocator.DEFAULT.buffer(16);
        thenCode(() -> extension.afterEach(context("broken()", new AssertionError())))
                .doesNotThrowAnyException();
        leaked.release();
    }

    @Test
    void a_late_release_does_not_disturb_the_next_test() {
        extension.beforeEach(context("first()", null));
        ByteBuf late = ByteBufAllocator.DEFAULT.buffer(16);
        thenThrownBy(() -> extension.afterEach(context("first()", null))).isInstanceOf(AssertionError.class);

        extension.beforeEach(context("second()", null));
        late.release();
        thenCode(() -> extension.afterEach(context("second()", null))).doesNotThrowAnyException();
    }

    private static ExtensionContext context(String name, @Nullable Throwable failure) {
        return (ExtensionContext) Proxy.newProxyInstance(
                ExtensionContext.class.getClassLoader(),
                new Class<?>[] {ExtensionContext.class},
                (proxy, method, args) -> switch (method.getName()) {
                    case "getDisplayName" -> name;
                    case "getExecutionException" -> Optional.ofNullable(failure);
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }
}
