package dev.reversetunnel.body;

import dev.reversetunnel.carrier.CarrierException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/** Takes the plain bytes out of a body. */
public interface BodyReader {
    /**
     * Reads on.
     *
     * @param in is read as far as it is used; stays the caller's
     * @param allocator of the buffers that are returned
     * @return plain bytes, which are the caller's; null if {@code in} is used up, or the stream has ended
     * @throws CarrierException if the body is broken; nothing more can be read then
     */
    @Nullable
    ByteBuf next(ByteBuf in, ByteBufAllocator allocator);

    /**
     * Whether there are plain bytes already, without any that came.
     *
     * @return false for most
     */
    default boolean isReady() {
        return false;
    }

    /**
     * Whether the body has said itself that it is over.
     *
     * @return true if nothing more can be read
     */
    boolean hasEnded();

    /**
     * Whether the connection may end here without losing anything.
     *
     * @return false inside a chunk
     */
    boolean isAtBorder();

    /**
     * How many chunks there were.
     *
     * @return the number
     */
    long chunks();

    /** Gives everything back; nothing can be read afterwards. */
    void close();

    /** A body of neither chunks nor encryption. */
    final class Raw implements BodyReader {
        /** Of one connection. */
        public Raw() {
            // It holds nothing.
        }

        @Override
        public @Nullable ByteBuf next(ByteBuf in, ByteBufAllocator allocator) {
            return in.isReadable() ? in.readRetainedSlice(in.readableBytes()) : null;
        }

        @Override
        public boolean hasEnded() {
            return false;
        }

        @Override
        public boolean isAtBorder() {
            return true;
        }

        @Override
        public long chunks() {
            return 0;
        }

        @Override
        public void close() {
            // holds nothing
        }
    }
}
