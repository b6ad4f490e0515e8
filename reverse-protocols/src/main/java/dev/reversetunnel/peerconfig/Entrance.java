package dev.reversetunnel.peerconfig;

import dev.reversetunnel.net.Destination;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A port of another program by which somebody comes in.
 *
 * @param port that it opens
 * @param target where everybody goes; null for a SOCKS5 proxy, whose users say it
 * @param datagrams whether UDP is taken as well
 */
record Entrance(int port, @Nullable Destination target, boolean datagrams) {
    Entrance {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1~65535)");
        }
    }

    /** A target that can be reached. */
    static Destination target(String host, int port) {
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 1~65535)");
        }
        return Destination.tcp(host, port);
    }

    /** One more, on a port of its own. */
    static List<Entrance> add(List<Entrance> entrances, Entrance another) {
        if (entrances.stream().anyMatch(entrance -> entrance.port == another.port)) {
            throw new IllegalArgumentException("port: " + another.port + " is taken (expected: another one)");
        }
        return Stream.concat(entrances.stream(), Stream.of(another)).toList();
    }

    /** As V2Ray spells it. */
    String networks() {
        return datagrams ? "tcp,udp" : "tcp";
    }
}
