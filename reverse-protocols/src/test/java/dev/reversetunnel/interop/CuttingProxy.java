package dev.reversetunnel.interop;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Stands between bridge and portal, at 127.0.0.1; cuts what passes, or lets it vanish, when it is told to. */
final class CuttingProxy implements AutoCloseable {
    private final ServerSocket server;
    private final int target;
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final Set<Socket> vanished = ConcurrentHashMap.newKeySet();

    private CuttingProxy(ServerSocket server, int target) {
        this.server = server;
        this.target = target;
    }

    static CuttingProxy to(int target) {
        try {
            CuttingProxy proxy = new CuttingProxy(new ServerSocket(0, 64, InetAddress.getLoopbackAddress()), target);
            daemon(proxy::acceptAll);
            return proxy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    int port() {
        return server.getLocalPort();
    }

    /** Cuts all connections on both sides, in the middle of whatever they carry. */
    void cut(boolean withReset) {
        for (Socket socket : open) {
            try {
                if (withReset) {
                    socket.setSoLinger(true, 0);
                    socket.close();
                } else {
                    socket.shutdownOutput();
                }
            } catch (IOException e) {
                // it was closed meanwhile
            }
        }
    }

    /**
     * From now on, what comes by connections that are there vanishes, their ends too, as when a NAT has forgotten them.
     * New ones pass.
     */
    void vanish() {
        vanished.addAll(open);
    }

    @Override
    public void close() {
        cut(true);
        try {
            server.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void acceptAll() {
        while (!server.isClosed()) {
            try {
                Socket one = server.accept();
                Socket other = new Socket(InetAddress.getLoopbackAddress(), target);
                open.add(one);
                open.add(other);
                daemon(() -> carry(one, other));
                daemon(() -> carry(other, one));
            } catch (IOException e) {
                // closed, or there is no target
            }
        }
    }

    private void carry(Socket from, Socket to) {
        try (from) {
            InputStream input = from.getInputStream();
            OutputStream output = to.getOutputStream();
            byte[] block = new byte[8 * 1024];
            for (int read = input.read(block); read >= 0; read = input.read(block)) {
                if (!vanished.contains(from)) {
                    output.write(block, 0, read);
                }
            }
            if (!vanished.contains(from)) {
                to.shutdownOutput();
            }
        } catch (IOException e) {
            // cut
        } finally {
            open.remove(from);
        }
    }

    private static void daemon(Runnable task) {
        Thread thread = new Thread(task, "cutting proxy");
        thread.setDaemon(true);
        thread.start();
    }
}
