package dev.reversetunnel.mux;

import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * What a session has received and nobody has taken yet.
 *
 * <p>A queue costs about as much memory as its bytes, whatever pieces they come in: one byte in a frame of its own
 * keeps alive all of the read that it is a slice of, up to 64 KiB. So a piece that is small in its read is copied, and
 * pieces of a stream are copied together.
 */
final class InboundQueue {
    /** Of our choice: which part of a read a slice must be to be kept as it is; one frame in four is. */
    private static final int LEAST_PART = 4;

    /** Of our choice. */
    private static final int MOST_TOGETHER = 16 * 1024;

    /** Of our choice: the smallest buffer for what is copied. */
    private static final int LEAST_COPY = 256;

    private final ByteBufAllocator allocator;
    private final Queue<Object> messages = new ArrayDeque<>(2);
    private @Nullable ByteBuf open;

    InboundQueue(ByteBufAllocator allocator) {
        this.allocator = allocator;
    }

    boolean isEmpty() {
        return messages.isEmpty();
    }

    int size() {
        return messages.size();
    }

    /** Takes a piece of a stream. */
    void add(ByteBuf bytes) {
        if (!isSmallInItsRead(bytes)) {
            open = null;
            messages.add(bytes);
            return;
        }
        int length = bytes.readableBytes();
        ByteBuf last = open;
        if (last == null || last.maxWritableBytes() < length) {
            last = allocator.buffer(Math.max(LEAST_COPY, length), Math.max(MOST_TOGETHER, length));
            messages.add(last);
            open = last;
        }
        last.writeBytes(bytes);
        bytes.release();
    }

    /** Takes a datagram. */
    void add(Datagram datagram) {
        ByteBuf bytes = datagram.content();
        if (isSmallInItsRead(bytes)) {
            messages.add(new Datagram(
                    datagram.peer(), allocator.buffer(bytes.readableBytes()).writeBytes(bytes)));
            datagram.release();
        } else {
            messages.add(datagram);
        }
    }

    /** The oldest, which belongs to the caller from now on; null if there is none. */
    @Nullable
    Object poll() {
        Object oldest = messages.poll();
        if (oldest == open) {
            open = null;
        }
        return oldest;
    }

    void clear() {
        for (Object message = poll(); message != null; message = poll()) {
            ReferenceCountUtil.release(message);
        }
    }

    private static boolean isSmallInItsRead(ByteBuf bytes) {
        ByteBuf root = bytes;
        for (ByteBuf below = root.unwrap(); below != null; below = root.unwrap()) {
            root = below;
        }
        return (long) bytes.readableBytes() * LEAST_PART < root.capacity();
    }
}
