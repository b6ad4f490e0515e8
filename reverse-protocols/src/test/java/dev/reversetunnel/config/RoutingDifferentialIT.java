package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.config.RandomRouting.Ask;
import dev.reversetunnel.geo.GeoFiles;
import dev.reversetunnel.geo.RoutingLists;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The same document, in a process of V2Ray and in a node of ours: the same requests come to the same outbounds, which
 * are told apart by the origins that they lead to. Rules and requests are random; a failure names the seed.
 *
 * <p>System property {@code interop.documents} says how many documents; {@code interop.seed} which one is the first.
 */
@RequiresPeer("v2ray")
class RoutingDifferentialIT {
    private static final int DOCUMENTS = Integer.getInteger("interop.documents", 30);
    private static final long SEED = Long.getLong("interop.seed", 20_261_121);
    private static final int ASKS = 50;

    @TempDir
    private Path lists;

    @Test
    void v2ray_and_we_decide_alike() throws Exception {
        RoutingLists.write(lists);
        List<String> differences = new ArrayList<>();
        ExecutorService threads = Executors.newFixedThreadPool(8);
        int decided = 0;
        try (NamedOrigins origins = new NamedOrigins(RandomRouting.OUTBOUNDS)) {
            for (long seed = SEED; seed < SEED + DOCUMENTS; seed++) {
                RandomRouting routing = new RandomRouting(seed);
                List<Ask> asks = routing.asks(ASKS);
                Map<Integer, String> ours = ours(routing, asks, origins, threads);
                Map<Integer, String> theirs = theirs(routing, asks, origins, threads, answered(asks, ours));
                for (Ask ask : asks) {
                    decided++;
                    if (!ours.get(ask.number()).equals(theirs.get(ask.number()))) {
                        differences.add("seed " + seed + ", " + ask + ": ours " + ours.get(ask.number()) + ", V2Ray's "
                                + theirs.get(ask.number()) + ", by\n" + routing.document(withInbounds(origins)));
                    }
                }
            }
        } finally {
            threads.shutdownNow();
        }
        then(differences).isEmpty();
        then(decided).isEqualTo(DOCUMENTS * ASKS);
    }

    /** Inbounds get new ports, for the two must not meet. */
    private static Map<String, Integer> withInbounds(NamedOrigins origins) {
        Map<String, Integer> ports = new HashMap<>(origins.ports());
        for (String inbound : List.of(RandomRouting.PLAIN, RandomRouting.USERS, RandomRouting.SNIFFED)) {
            ports.put(inbound, Ports.free());
        }
        return ports;
    }

    private Map<Integer, String> ours(
            RandomRouting routing, List<Ask> asks, NamedOrigins origins, ExecutorService threads) throws Exception {
        Map<String, Integer> ports = withInbounds(origins);
        Document document = Document.parse(routing.document(ports));
        try (ReverseTunnel node = document.node()
                .geo(GeoFiles.in(lists))
                .names(RoutingDifferentialIT::lookUp)
                .start()) {
            return new RoutedAsks(ports).all(asks, expected(node, asks), threads);
        }
    }

    private static List<InetAddress> lookUp(String name) throws UnknownHostException {
        String address = RandomRouting.HOSTS.get(name);
        if (address == null) {
            throw new UnknownHostException(name);
        }
        return List.of(InetAddress.getAllByName(address));
    }

    /** The datagrams that are not swallowed, as our rules say. */
    private static Set<Integer> expected(ReverseTunnel node, List<Ask> asks) {
        InetSocketAddress source = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
        return asks.stream()
                .filter(ask -> ask.network() == Network.UDP)
                .filter(ask -> !node.explain(new Request(
                                Destination.udp(ask.host(), ask.port()), ask.inbound(), "", Grant.CONNECT, source, null))
                        .join()
                        .outbounds()
                        .contains(RandomRouting.HOLE))
                .map(Ask::number)
                .collect(Collectors.toSet());
    }

    private static Set<Integer> answered(List<Ask> asks, Map<Integer, String> ours) {
        return asks.stream()
                .filter(ask -> ask.network() == Network.UDP)
                .map(Ask::number)
                .filter(number -> !ours.get(number).equals("nowhere"))
                .collect(Collectors.toSet());
    }

    private Map<Integer, String> theirs(
            RandomRouting routing, List<Ask> asks, NamedOrigins origins, ExecutorService threads, Set<Integer> answered)
            throws Exception {
        Map<String, Integer> ports = withInbounds(origins);
        try (V2Ray peer = V2Ray.start(withNames(routing.document(ports)), lists)) {
            Map<Integer, String> came = new RoutedAsks(ports).all(asks, answered, threads);
            then(peer.isAlive()).isTrue();
            return came;
        }
    }

    /** V2Ray's own table of names; a node has {@code names(...)}. */
    private static String withNames(String document) {
        String hosts = RandomRouting.HOSTS.entrySet().stream()
                .map(entry -> '"' + entry.getKey() + "\": \"" + entry.getValue() + '"')
                .collect(Collectors.joining(", "));
        return "{\"dns\": {\"hosts\": {" + hosts + "}},\n" + document.substring(1);
    }
}
