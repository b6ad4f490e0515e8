package dev.reversetunnel.config;

import dev.reversetunnel.config.RandomRouting.Ask;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.Socks5Association;
import java.io.IOException;
import java.io.InputStream;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;

/** Puts requests to a node, of whatever make, by its SOCKS inbounds, and tells where each has come. */
final class RoutedAsks {
    private static final int FIRST_PORT = 10_000;
    private static final int END_PORT = 32_000;

    private final Map<String, Integer> ports;
    private final Map<Integer, String> came = new ConcurrentHashMap<>();

    RoutedAsks(Map<String, Integer> ports) {
        this.ports = ports;
    }

    /**
     * Asks all.
     *
     * @param answered the numbers of datagrams that are waited for; others come to nothing, it is thought
     * @return for each number, the name of the origin, or {@code nowhere}
     */
    Map<Integer, String> all(List<Ask> asks, Set<Integer> answered, ExecutorService threads) throws Exception {
        List<Ask> datagrams =
                asks.stream().filter(ask -> ask.network() == Network.UDP).toList();
        try (Socks5Association association =
                Socks5.at(ports.get(RandomRouting.PLAIN)).associate()) {
            for (Ask ask : datagrams) {
                association.send(ask.host(), ask.port(), String.valueOf(ask.number()));
            }
            List<Future<String>> streams = asks.stream()
                    .filter(ask -> ask.network() == Network.TCP)
                    .map(ask -> threads.submit(() -> came.put(ask.number(), stream(ask))))
                    .toList();
            for (Future<String> stream : streams) {
                stream.get();
            }
            Set<Integer> left = new HashSet<>(answered);
            while (!left.isEmpty()) {
                String[] answer = association.receive().text().split(" ", 2);
                came.put(Integer.valueOf(answer[1]), answer[0]);
                left.remove(Integer.valueOf(answer[1]));
            }
        } catch (SocketTimeoutException e) {
            return nowhere(asks); // shows as a difference
        }
        return nowhere(asks);
    }

    private Map<Integer, String> nowhere(List<Ask> asks) {
        asks.forEach(ask -> came.putIfAbsent(ask.number(), "nowhere"));
        return came;
    }

    private String stream(Ask ask) throws IOException {
        try (Socket socket = connect(ask)) {
            new Socks5(socket.getPort(), ask.user(), ask.user() + "-secret").connect(socket, ask.host(), ask.port());
            socket.getOutputStream().write(ask.words().getBytes(StandardCharsets.US_ASCII));
            return line(socket.getInputStream());
        } catch (SocketTimeoutException e) {
            return "hangs";
        } catch (IOException ended) {
            return "nowhere";
        }
    }

    /** Not to the end of the connection: V2Ray keeps the one direction open for a second after the other. */
    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return "nowhere";
            }
            line.append((char) next);
        }
        return line.toString();
    }

    private Socket connect(Ask ask) throws IOException {
        int first = ask.isLowPort() ? FIRST_PORT : RandomRouting.MIDDLE_PORT;
        int end = ask.isLowPort() ? RandomRouting.MIDDLE_PORT : END_PORT;
        for (int tries = 0; ; tries++) {
            Socket socket = new Socket();
            try {
                socket.setReuseAddress(true);
                socket.setSoTimeout(20_000);
                int port = ThreadLocalRandom.current().nextInt(first, end);
                socket.bind(new InetSocketAddress(InetAddress.getAllByName(ask.source())[0], port));
                socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), ports.get(ask.inbound())));
                return socket;
            } catch (BindException | java.net.NoRouteToHostException taken) {
                socket.close();
                if (tries == 100) {
                    throw taken;
                }
            }
        }
    }
}
