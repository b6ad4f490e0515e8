package dev.reversetunnel;

import dev.reversetunnel.mux.MuxOptions;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;

/**
 * One read a burst, of up to 64 KiB where that much comes: more reads make others wait, smaller ones cost a third.
 *
 * <p>Exactly the bytes of four frames of a session, each of which fills a chunk: 96 bytes more would make a frame and a
 * chunk of their own.
 */
final class Reads extends AdaptiveRecvByteBufAllocator {
    /** Most bytes of a read. */
    static final int MOST = 4 * MuxOptions.DEFAULT.maxFramePayload();

    private static final int LEAST = 512;
    private static final int FIRST = 4_096;
    private static final int NEXT_POWER = 64 * 1024;

    Reads() {
        super(LEAST, FIRST, NEXT_POWER); // guesses powers of two only
        maxMessagesPerRead(1);
    }

    @Override
    @SuppressWarnings("deprecation") // there is no other one
    public RecvByteBufAllocator.Handle newHandle() {
        return new Capped((RecvByteBufAllocator.ExtendedHandle) super.newHandle());
    }

    private static final class Capped extends RecvByteBufAllocator.DelegatingHandle
            implements RecvByteBufAllocator.ExtendedHandle {
        private final RecvByteBufAllocator.ExtendedHandle handle;

        Capped(RecvByteBufAllocator.ExtendedHandle handle) {
            super(handle);
            this.handle = handle;
        }

        @Override
        public int guess() {
            return Math.min(handle.guess(), MOST);
        }

        @Override
        public ByteBuf allocate(ByteBufAllocator allocator) {
            int size = guess();
            return allocator.ioBuffer(size, size);
        }

        @Override
        public boolean continueReading(UncheckedBooleanSupplier maybeMore) {
            return handle.continueReading(maybeMore);
        }
    }
}
