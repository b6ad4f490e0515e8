package dev.reversetunnel.peers;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;

/** Ports at 127.0.0.1 for processes that cannot pick one themselves. */
public final class Ports {
    /** Below those that Linux gives to outgoing connections: one of these could take a port before its process does. */
    private static final int FIRST = 10_000;

    private static final int END = 32_768;

    /** Several JVMs may run tests at once: each gives its own of so many ports in a row, by its number from 1. */
    private static final int FORKS = Integer.getInteger("test.forks", 1);

    private static final int FORK = Integer.getInteger("test.fork", 1);
    private static final int TRIES = 1_000;
    private static final Set<Integer> GIVEN = ConcurrentHashMap.newKeySet();

    private Ports() {}

    /**
     * A port that nobody listens at, with TCP or UDP, and that this has not given before.
     *
     * @return 1 to 65535
     */
    public static int free() {
        for (int tried = 0; tried < TRIES; tried++) {
            int port = FIRST + FORKS * ThreadLocalRandom.current().nextInt((END - FIRST) / FORKS) + FORK - 1;
            if (isFree(port) && GIVEN.add(port)) {
                return port;
            }
        }
        throw new IllegalStateException("no port from " + FIRST + " to " + END + " is free");
    }

    private static boolean isFree(int port) {
        InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
        try (ServerSocket stream = new ServerSocket();
                DatagramSocket datagrams = new DatagramSocket(null)) {
            stream.bind(address, 1);
            datagrams.bind(address);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
