package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.net.Datagram;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Datagrams that wait, a few of them: whoever sends more is not answered any sooner. Used on one event loop, or under
 * its owner's lock.
 */
final class DatagramQueue {
    /** Of our choice: more than a handshake of QUIC or DTLS opens with. */
    static final int MAX_DATAGRAMS = 16;

    /** Of our choice: room for one datagram of the largest size. */
    static final int MAX_BYTES = 64 * 1024;

    private final Queue<Datagram> waiting = new ArrayDeque<>(2);
    private ByteBudget memory;
    private int bytes;

    /** An empty one, in which waits what is nobody's yet. */
    DatagramQueue() {
        this(ByteBudget.UNLIMITED);
    }

    /** An empty one, of whose memory all that waits is a part. */
    DatagramQueue(ByteBudget memory) {
        this.memory = memory;
    }

    /** From now on all that waits is a part of this memory; returns how much of it had to be thrown away. */
    int within(ByteBudget other) {
        memory.release(bytes);
        memory = other;
        if (memory.reserve(bytes)) {
            return 0;
        }
        memory = ByteBudget.UNLIMITED;
        int thrown = clear();
        memory = other;
        return thrown;
    }

    /**
     * Takes a datagram, if there is room.
     *
     * @return false if there is none; the datagram was released then
     */
    boolean offer(Datagram datagram) {
        int length = datagram.content().readableBytes();
        if (waiting.size() >= MAX_DATAGRAMS || bytes + length > MAX_BYTES || !memory.reserve(length)) {
            datagram.release();
            return false;
        }
        bytes += length;
        waiting.add(datagram);
        return true;
    }

    /** The oldest, which belongs to the caller from now on; null if there is none. */
    @Nullable
    Datagram poll() {
        Datagram oldest = waiting.poll();
        if (oldest != null) {
            int length = oldest.content().readableBytes();
            bytes -= length;
            memory.release(length);
        }
        return oldest;
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    /** Throws away what waits, and tells how many. */
    int clear() {
        int count = waiting.size();
        waiting.forEach(Datagram::release);
        waiting.clear();
        memory.release(bytes);
        bytes = 0;
        return count;
    }
}
