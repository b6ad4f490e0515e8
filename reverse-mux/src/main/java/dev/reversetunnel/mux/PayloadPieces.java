package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * A payload that arrives in several buffers, put together without being copied.
 *
 * <p>Except for small pieces: a slice keeps all of the buffer that it is cut from, so a peer that sends 64 KiB byte by
 * byte would make us hold 65,535 of them. What is below {@link #COPIED_BELOW} is therefore copied behind its
 * neighbours, which also costs less than one more part of a composite buffer does. That bounds the parts of a payload
 * to about 130.
 */
final class PayloadPieces {
    /** Bytes; ours, not the specification's. */
    static final int COPIED_BELOW = 1024;

    private final ByteBufAllocator alloc;
    private int missing;
    private @Nullable CompositeByteBuf slices;
    /** The copied pieces behind the last slice. */
    private @Nullable ByteBuf copies;

    /**
     * Starts with nothing.
     *
     * @param length of the whole payload, in bytes
     */
    PayloadPieces(ByteBufAllocator alloc, int length) {
        this.alloc = alloc;
        this.missing = length;
    }

    /** Takes what belongs to the payload from the front of {@code in}, which stays the caller's. */
    void add(ByteBuf in) {
        int length = Math.min(missing, in.readableBytes());
        if (length >= COPIED_BELOW) {
            sealCopies();
            slices().addComponent(true, in.readRetainedSlice(length));
            missing -= length;
            return;
        }
        while (length > 0) {
            ByteBuf run = copies();
            int part = Math.min(length, run.writableBytes());
            run.writeBytes(in, part);
            length -= part;
            missing -= part;
        }
    }

    boolean isComplete() {
        return missing == 0;
    }

    /** Hands the payload over; nothing is held afterwards. */
    ByteBuf take() {
        if (slices == null && copies != null) {
            ByteBuf whole = copies;
            copies = null;
            return whole;
        }
        sealCopies();
        ByteBuf whole = slices();
        slices = null;
        return whole;
    }

    void release() {
        if (slices != null) {
            slices.release();
            slices = null;
        }
        if (copies != null) {
            copies.release();
            copies = null;
        }
    }

    private CompositeByteBuf slices() {
        if (slices == null) {
            // The number is only where Netty would start to copy parts together.
            slices = alloc.compositeBuffer(Integer.MAX_VALUE);
        }
        return slices;
    }

    private ByteBuf copies() {
        if (copies != null && !copies.isWritable()) {
            sealCopies();
        }
        if (copies == null) {
            int capacity = Math.min(missing, COPIED_BELOW);
            copies = alloc.ioBuffer(capacity, capacity);
        }
        return copies;
    }

    private void sealCopies() {
        if (copies != null) {
            ByteBuf run = copies;
            copies = null;
            slices().addComponent(true, run);
        }
    }
}
