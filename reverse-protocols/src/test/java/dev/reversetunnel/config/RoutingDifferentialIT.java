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
import dev.reversetunnel.peers.PeerProcess;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The same document, in a process of V2Ray or Xray and in a node of ours: the same requests come to the same outbounds,
 * which are told apart by the origins that they lead to. Rules and requests are random; a failure names the seed.
 *
 * <p>System property {@code interop.documents} says how many documents; {@code interop.seed} which one is the first.
 */
class RoutingDifferentialIT {
    private static final int DOCUMENTS = Integer.getInteger("interop.documents", 300);
    private static final long SEED = Long.getLong("interop.seed", 20_261_121);
    private static final int ASKS = 50;

    /** Documents of one test, which must come to its end in time also where much else runs. */
    private static final int BATCH = 50;

    /** So many documents lead everywhere. */
    private static final int ENOUGH = 30;

    @TempDir
    private Path lists;

    private final ExecutorService threads = Executors.newFixedThreadPool(8);
    private final List<String> differences = new ArrayList<>();
    private final Map<String, Integer> met = new TreeMap<>();

    /** Starts a process with a document and a folder of lists. */
    private interface Peer {
        PeerProcess start(String document, Path lists);
    }

    @AfterEach
    void nobody_works_any_more() {
        threads.shutdownNow();
    }

    private static LongStream batches() {
        return LongStream.iterate(SEED, seed -> seed < SEED + DOCUMENTS, seed -> seed + BATCH);
    }

    @ParameterizedTest
    @MethodSource("batches")
    @RequiresPeer("v2ray")
    void v2ray_and_we_decide_alike(long seed) throws Exception {
        compare(V2Ray::start, seed, (int) Math.min(BATCH, SEED + DOCUMENTS - seed), true);
    }

    /**
     * Streams alone: of Xray's SOCKS inbound, all datagrams of an association go where the first one went (26.7.28).
     * And it knows rules in their new place only.
     */
    @Test
    @RequiresPeer("xray")
    void xray_and_we_decide_alike_about_streams() throws Exception {
        compare(Xray::start, SEED, Math.min(BATCH, DOCUMENTS), false);
    }

    private void compare(Peer peer, long first, int documents, boolean isV2Ray) throws Exception {
        RoutingLists.write(lists);
        try (NamedOrigins origins = new NamedOrigins(RandomRouting.OUTBOUNDS)) {
            for (long seed = first; seed < first + documents; seed++) {
                RandomRouting routing = new RandomRouting(seed, !isV2Ray);
                List<Ask> asks = routing.asks(ASKS).stream()
                        .filter(ask -> isV2Ray || ask.network() == Network.TCP)
                        .toList();
                Map<Integer, String> ours = ours(routing, asks, origins);
                Map<Integer, String> theirs = theirs(peer, routing, asks, origins, answered(asks, ours));
                for (Ask ask : asks) {
                    String came = ours.get(ask.number());
                    met.merge(came, 1, Integer::sum);
                    if (!came.equals(theirs.get(ask.number()))) {
                        differences.add("seed " + seed + ", " + ask + ": ours " + came + ", the other "
                                + theirs.get(ask.number()) + ", by\n" + routing.document(withInbounds(origins)));
                    }
                }
            }
        }
        then(differences).as("met: %s", met).isEmpty();
        if (documents >= ENOUGH) {
            then(met.keySet())
                    .as("all are met, or this shows little")
                    .contains("nowhere", "one", "two", "three", "four");
        }
    }

    /** Inbounds get new ports, for the two must not meet. */
    private static Map<String, Integer> withInbounds(NamedOrigins origins) {
        Map<String, Integer> ports = new HashMap<>(origins.ports());
        for (String inbound : List.of(RandomRouting.PLAIN, RandomRouting.USERS, RandomRouting.SNIFFED)) {
            ports.put(inbound, Ports.free());
        }
        return ports;
    }

    private Map<Integer, String> ours(RandomRouting routing, List<Ask> asks, NamedOrigins origins) throws Exception {
        Map<String, Integer> ports = withInbounds(origins);
        Document document = Document.parse(routing.document(ports));
        try (ReverseTunnel node = document.node().geo(GeoFiles.in(lists)).start()) {
            return new RoutedAsks(ports).all(asks, expected(node, asks), threads);
        }
    }

    /** The datagrams that are not swallowed, as our rules say. */
    private static Set<Integer> expected(ReverseTunnel node, List<Ask> asks) {
        InetSocketAddress source = new InetSocketAddress(InetAddress.getLoopbackAddress(), 40_000);
        return asks.stream()
                .filter(ask -> ask.network() == Network.UDP)
                .filter(ask -> !node.explain(new Request(
                                Destination.udp(ask.host(), ask.port()),
                                ask.inbound(),
                                "",
                                Grant.CONNECT,
                                source,
                                null))
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
            Peer peer, RandomRouting routing, List<Ask> asks, NamedOrigins origins, Set<Integer> answered)
            throws Exception {
        Map<String, Integer> ports = withInbounds(origins);
        try (PeerProcess process = peer.start(routing.document(ports), lists)) {
            Map<Integer, String> came = new RoutedAsks(ports).all(asks, answered, threads);
            then(process.isAlive()).isTrue();
            return came;
        }
    }
}
