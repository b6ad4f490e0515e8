package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * One direction between two memory channels: bytes in order, so many at a time, then an end.
 *
 * <p>May be used by both of their loops; all methods hold its lock, and nothing else is called with it held.
 */
final class MemoryPipe {
    enum End {
        NONE,
        CLEAN,
        RESET
    }

    /** Of our choice, as what sockets hold on the way: a writer waits when his reader is so far behind. */
    static final int CAPACITY = 256 * 1024;

    /** The most that one read brings, as over TCP. */
    private static final int PIECE = 64 * 1024;

    private final Queue<ByteBuf> pieces = new ArrayDeque<>(2);
    private int bytes;
    private End end = End.NONE;
    private boolean discards;
    private boolean broken;
    private boolean writerWaits;

    /**
     * Copies what there is room for, as a socket does: the reader may write into what he reads.
     *
     * @return how many bytes it took; 0 if there is no room, and then {@link #freesWriter} tells when there is
     */
    synchronized int write(ByteBuf from, ByteBufAllocator alloc) throws IOException {
        if (broken) {
            throw new IOException("Broken pipe");
        }
        if (discards) {
            return from.readableBytes();
        }
        int length = Math.min(Math.min(from.readableBytes(), CAPACITY - bytes), PIECE);
        if (length == 0) {
            writerWaits = true;
            return 0;
        }
        pieces.add(alloc.buffer(length, length).writeBytes(from, from.readerIndex(), length));
        bytes += length;
        return length;
    }

    /** The next bytes, which belong to the caller; null if there are none. */
    synchronized @Nullable ByteBuf poll() {
        ByteBuf next = pieces.poll();
        if (next != null) {
            bytes -= next.readableBytes();
        }
        return next;
    }

    /** Whether the writer waits, and has room again; true once. */
    synchronized boolean freesWriter() {
        boolean frees = writerWaits && (bytes <= CAPACITY / 2 || broken);
        writerWaits &= !frees;
        return frees;
    }

    /** Whether there is something to read, if only an end. */
    synchronized boolean isReady() {
        return !pieces.isEmpty() || end != End.NONE;
    }

    /** How it ended, once everything is read. */
    synchronized End end() {
        return pieces.isEmpty() ? end : End.NONE;
    }

    /** The writer has no more. What he has written before still arrives, also before a reset. */
    synchronized void end(End how) {
        if (end != End.RESET) {
            end = how;
        }
    }

    /** The reader wants no more; writing goes on as if he read. */
    synchronized void discard() {
        discards = true;
        clear();
    }

    /** The reader is gone; writing fails. */
    synchronized void breakOff() {
        broken = true;
        clear();
    }

    private void clear() {
        pieces.forEach(ByteBuf::release);
        pieces.clear();
        bytes = 0;
    }
}
