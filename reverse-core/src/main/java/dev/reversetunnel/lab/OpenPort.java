package dev.reversetunnel.lab;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * A port that this process holds.
 *
 * @param network {@code TCP}, listening; or {@code UDP}, bound
 * @param number 1 to 65535
 */
record OpenPort(String network, int number) {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final Path TABLES = Path.of("/proc/self/net");

    /** Of the columns of {@code proc_net_tcp(5)}. */
    private static final int LOCAL = 1;

    private static final int STATE = 3;
    private static final int INODE = 9;

    static OpenPort tcp(int number) {
        return new OpenPort("TCP", number);
    }

    /** Whether {@link #ofThisProcess} can tell: on Linux. */
    static boolean areKnown() {
        return Files.isDirectory(DESCRIPTORS) && Files.isReadable(TABLES.resolve("tcp"));
    }

    /** All of this process; none where the operating system does not tell. */
    static Set<OpenPort> ofThisProcess() {
        Set<OpenPort> ports = new HashSet<>();
        if (areKnown()) {
            Set<String> sockets = sockets();
            for (String table : List.of("tcp", "tcp6")) {
                read(table, "TCP", "0A", sockets, ports);
            }
            for (String table : List.of("udp", "udp6")) {
                read(table, "UDP", "07", sockets, ports);
            }
        }
        return ports;
    }

    private static Set<String> sockets() {
        Set<String> inodes = new HashSet<>();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                String target = target(descriptor);
                if (target.startsWith("socket:[")) {
                    inodes.add(target.substring("socket:[".length(), target.length() - 1));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return inodes;
    }

    private static String target(Path descriptor) {
        try {
            return Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            return ""; // closed meanwhile
        }
    }

    private static void read(String table, String network, String state, Set<String> sockets, Set<OpenPort> ports) {
        Path file = TABLES.resolve(table);
        if (!Files.isReadable(file)) {
            return; // a machine without IPv6
        }
        try {
            for (String line : Files.readAllLines(file)) {
                String[] columns = line.strip().split("\\s+", -1);
                if (columns.length > INODE && columns[STATE].equals(state) && sockets.contains(columns[INODE])) {
                    String local = columns[LOCAL];
                    int number = Integer.parseInt(local.substring(local.lastIndexOf(':') + 1), 16);
                    ports.add(new OpenPort(network, number));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether somebody listens here, be it another process. */
    boolean isTaken() {
        try (ServerSocket probe = new ServerSocket(number, 1, InetAddress.getLoopbackAddress())) {
            return !probe.isBound();
        } catch (IOException e) {
            return true;
        }
    }

    @Override
    public String toString() {
        return network + " port " + number;
    }
}
