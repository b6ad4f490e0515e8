package dev.reversetunnel.benchmarks;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** HTTP requests, one at a time on each connection. Counts the answers. */
final class RequestLoad extends NioLoad {
    private final boolean keepAlive;
    private final ByteBuffer input = ByteBuffer.allocateDirect(16 * 1024);
    private final ByteBuffer request = ByteBuffer.allocateDirect(LoadOrigin.REQUEST.length())
            .put(LoadOrigin.REQUEST.getBytes(StandardCharsets.US_ASCII))
            .flip();

    private RequestLoad(InetSocketAddress target, boolean keepAlive) throws IOException {
        super(target);
        this.keepAlive = keepAlive;
    }

    /** The connections stay. */
    static RequestLoad keepAlive(InetSocketAddress target, int connections) throws IOException {
        return start(target, connections, true);
    }

    /** A new connection for each request, closed by this side when the answer is whole. */
    static RequestLoad newConnections(InetSocketAddress target, int connections) throws IOException {
        return start(target, connections, false);
    }

    private static RequestLoad start(InetSocketAddress target, int connections, boolean keepAlive) throws IOException {
        RequestLoad load = new RequestLoad(target, keepAlive);
        load.start(connections);
        return load;
    }

    @Override
    void connected(SelectionKey key, SocketChannel channel) throws IOException {
        key.attach(new Answer());
        channel.write(request.rewind());
    }

    @Override
    void ready(SelectionKey key, SocketChannel channel) throws IOException {
        Answer answer = (Answer) key.attachment();
        answer.missing -= read(channel, input);
        if (answer.missing > 0) {
            return;
        }
        add(1);
        if (keepAlive) {
            answer.missing = LoadOrigin.RESPONSE_BYTES;
            channel.write(request.rewind());
        } else {
            channel.close();
            open();
        }
    }

    private static final class Answer {
        private int missing = LoadOrigin.RESPONSE_BYTES;
    }
}
