package dev.reversetunnel;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.ArrayList;
import java.util.List;

/**
 * An address that answers nobody, as one behind a firewall that drops: its queue is full, and the kernel says nothing.
 */
final class DeadAddress implements AutoCloseable {
    /** More than a queue of one takes, on any kernel. */
    private static final int MOST = 16;

    private final ServerSocket server = new ServerSocket();
    private final List<Socket> queued = new ArrayList<>();

    /**
     * Dead from now on.
     *
     * @param address one of this machine
     * @param port on which another address of it listens, or 0
     */
    DeadAddress(String address, int port) throws IOException {
        server.bind(new InetSocketAddress(InetAddress.getByName(address), port), 1);
        for (int i = 0; i < MOST; i++) {
            Socket socket = new Socket();
            queued.add(socket);
            try {
                socket.connect(server.getLocalSocketAddress(), 300);
            } catch (SocketTimeoutException full) {
                return;
            }
        }
        throw new IOException("the queue of " + server + " does not get full");
    }

    int port() {
        return server.getLocalPort();
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : queued) {
            socket.close();
        }
        server.close();
    }
}
