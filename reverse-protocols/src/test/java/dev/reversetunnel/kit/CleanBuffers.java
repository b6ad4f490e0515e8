package dev.reversetunnel.kit;

import static org.assertj.core.api.BDDAssertions.then;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.HexFormat;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** An allocator of which nothing may be left when a test is over. */
public final class CleanBuffers implements AfterEachCallback {
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    public UnpooledByteBufAllocator allocator() {
        return allocator;
    }

    public ByteBuf of(byte[] bytes) {
        return allocator.heapBuffer(Math.max(1, bytes.length)).writeBytes(bytes);
    }

    public ByteBuf ofHex(String hex) {
        return of(HexFormat.of().parseHex(hex));
    }

    public void thenAllAreReleased() {
        then(allocator.metric().usedHeapMemory()).as("heap bytes not released").isZero();
        then(allocator.metric().usedDirectMemory())
                .as("direct bytes not released")
                .isZero();
    }

    @Override
    public void afterEach(ExtensionContext context) {
        thenAllAreReleased();
    }
}
