package dev.reversetunnel.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The ways to tell that a peer is ready. */
final class Ready {
    /** Where Linux lists the sockets that are bound. */
    private static final List<Path> DATAGRAM_SOCKETS = List.of(Path.of("/proc/net/udp"), Path.of("/proc/net/udp6"));

    private Ready() {}

    /** It said so. */
    static PeerProcess.Readiness says(Predicate<String> line) {
        return peer -> peer.output().stream().anyMatch(line);
    }

    /** All ports at 127.0.0.1 accept. Each then sees a connection that ends at once. */
    static PeerProcess.Readiness accepts(int... ports) {
        return peer -> {
            for (int port : ports) {
                try (Socket socket = new Socket()) {
                    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1_000);
                } catch (IOException e) {
                    return false;
                }
            }
            return true;
        };
    }

    /** A UDP port is bound. Nobody answers a datagram that asks; the kernel does. */
    static PeerProcess.Readiness takesDatagrams(int port) {
        String bound = String.format(Locale.ROOT, ":%04X", port);
        return peer -> DATAGRAM_SOCKETS.stream().anyMatch(table -> {
            try (Stream<String> lines = Files.exists(table) ? Files.lines(table) : Stream.empty()) {
                return lines.skip(1).anyMatch(line -> localAddress(line).endsWith(bound));
            } catch (IOException e) {
                return false;
            }
        });
    }

    static PeerProcess.Readiness both(PeerProcess.Readiness one, PeerProcess.Readiness other) {
        return peer -> one.isReached(peer) && other.isReached(peer);
    }

    /** Columns: number, local address, remote address, and what does not matter here. */
    private static String localAddress(String line) {
        return line.strip().split("\\s+", 3)[1];
    }
}
