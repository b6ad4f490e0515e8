package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/** Two ends of a tunnel and what lies between them; nothing moves before {@link #pump}. */
final class MuxPair {
    /** As one read of a socket. */
    private static final int BUFFERS_PER_BURST = 8;

    final MuxEnd client;
    final MuxEnd server;

    MuxPair() {
        this(MuxOptions.DEFAULT);
    }

    MuxPair(MuxOptions options) {
        this(options, ByteBufAllocator.DEFAULT);
    }

    MuxPair(MuxOptions options, ByteBufAllocator allocator) {
        client = new MuxEnd(MuxRole.CLIENT, options, allocator);
        server = new MuxEnd(MuxRole.SERVER, options, allocator);
    }

    /** Both say that they are of our own make. */
    MuxPair extended() {
        return extended(MuxHello.DEFAULT_CREDIT);
    }

    /** The same with a first credit of their choice. */
    MuxPair extended(int credit) {
        client.mux.hello(MuxEnd.hello(credit));
        server.mux.hello(MuxEnd.hello(credit));
        pump();
        return this;
    }

    /** Opens a session at the client, which the server accepts and reads. */
    MuxSession open(String host) {
        MuxSession session = client.open(host);
        pump();
        return session;
    }

    /** Moves bytes and runs tasks until nothing moves any more. */
    void pump() {
        while (step()) {
            // once more
        }
    }

    /** One burst each way. */
    boolean step() {
        client.wire.runPendingTasks();
        server.wire.runPendingTasks();
        boolean moved = move(client.wire, server.wire);
        return move(server.wire, client.wire) || moved;
    }

    private static boolean move(Wire from, Wire to) {
        if (!to.config().isAutoRead() && to.isOpen()) {
            return false;
        }
        boolean moved = false;
        for (int i = 0; i < BUFFERS_PER_BURST; i++) {
            ByteBuf bytes = from.readOutbound();
            if (bytes == null) {
                break;
            }
            moved = true;
            if (to.isOpen()) {
                to.writeOneInbound(bytes);
            } else {
                bytes.release();
            }
        }
        if (moved && to.isOpen()) {
            to.flushInbound();
            to.runPendingTasks();
        }
        return moved;
    }

    /** Both carriers end, and nothing is left of them. */
    void close() {
        client.close();
        server.close();
    }
}
