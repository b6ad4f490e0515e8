package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;

/** Streams that move as many bytes as they can, in one direction. Counts the bytes that this side has seen. */
final class BulkLoad extends NioLoad {
    private final byte kind;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(256 * 1024);

    private BulkLoad(InetSocketAddress target, byte kind) throws IOException {
        super(target);
        this.kind = kind;
    }

    static BulkLoad down(InetSocketAddress target, int streams) throws IOException {
        return start(target, streams, LoadOrigin.SOURCE);
    }

    static BulkLoad up(InetSocketAddress target, int streams) throws IOException {
        return start(target, streams, LoadOrigin.SINK);
    }

    private static BulkLoad start(InetSocketAddress target, int streams, byte kind) throws IOException {
        BulkLoad load = new BulkLoad(target, kind);
        load.start(streams);
        return load;
    }

    @Override
    void connected(SelectionKey key, SocketChannel channel) throws IOException {
        channel.write(ByteBuffer.wrap(new byte[] {kind}));
        if (kind == LoadOrigin.SINK) {
            key.interestOps(SelectionKey.OP_WRITE);
        }
    }

    @Override
    void ready(SelectionKey key, SocketChannel channel) throws IOException {
        add(kind == LoadOrigin.SINK ? channel.write(buffer.clear()) : read(channel, buffer));
    }
}
