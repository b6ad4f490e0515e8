package dev.reversetunnel;

import io.netty.channel.Channel;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What goes to the other side of a connection: written when the channel takes it, waited for until then. */
final class ConnectionOutput extends OutputStream {
    private static final int PIECE_BYTES = 32 * 1024;

    private final ConnectionLock lock;
    private @Nullable Channel channel;
    private boolean ended;
    private boolean closed;

    ConnectionOutput(ConnectionLock lock) {
        this.lock = lock;
    }

    void writesTo(Channel sink) {
        lock.lock();
        try {
            channel = sink;
        } finally {
            lock.unlock();
        }
    }

    /** Nothing more can be written, ended cleanly or not. */
    void closed() {
        lock.lock();
        try {
            closed = true;
            lock.wake();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void write(int one) throws IOException {
        write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] source, int offset, int length) throws IOException {
        Objects.checkFromIndexSize(offset, length, source.length);
        lock.refuseOnLoop("write");
        lock.lock();
        try {
            int written = 0;
            while (written < length) {
                Channel sink = lock.await("write", this::writable);
                int part = Math.min(PIECE_BYTES, length - written);
                sink.writeAndFlush(sink.alloc().buffer(part, part).writeBytes(source, offset + written, part));
                written += part;
            }
        } finally {
            lock.unlock();
        }
    }

    /** The channel, if it takes something; null if that is to be waited for. */
    private @Nullable Channel writable() throws IOException {
        if (lock.hasFailed()) {
            throw lock.failure();
        }
        Channel sink = channel;
        if (ended || closed || sink == null) {
            throw new IOException("output: closed");
        }
        return sink.isWritable() ? sink : null;
    }

    /** Ends the output alone, behind what was written. Does not wait. */
    @Override
    public void close() {
        Channel sink;
        boolean last;
        lock.lock();
        try {
            if (ended || closed) {
                return;
            }
            ended = true;
            sink = channel;
            last = lock.endOne();
        } finally {
            lock.unlock();
        }
        if (sink != null) {
            ChannelEnds.shutdownOutput(sink);
            if (last) {
                ChannelEnds.closeAfterFlush(sink);
            }
        }
    }
}
