package dev.reversetunnel.contract;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.contract.Probe.Ending;
import dev.reversetunnel.contract.Probe.Manner;
import dev.reversetunnel.contract.Probe.Sight;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Crowd;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Future;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Some 300 strangers knock at a port, in every manner that is known to tell servers apart: they get no byte, and all of
 * them see the same. V2Ray 4.34 is recognised by the same strangers: it closes after so many bytes.
 *
 * <p>Prints what they saw, server by server.
 */
@Tag("alone")
class ProbesIT {
    /** Long enough for a machine under load, short enough for a test that waits until it is over. */
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    /** On a busy machine, where some of them wait to be accepted. */
    private static final Duration GIVE_OR_TAKE = Duration.ofSeconds(1);

    private static final int[] LENGTHS = IntStream.concat(
                    IntStream.rangeClosed(1, 61), IntStream.of(100, 150, 200, 221, 256, 512, 1_000, 2_000, 4_000))
            .toArray();

    private final Random random = new Random(7);
    private final Origin origin = Origin.speakingFirst(1, 1);

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    @ParameterizedTest
    @EnumSource(Carriers.class)
    void strangers_at_our_port_all_see_the_same(Carriers carrier) throws Exception {
        ProtocolServer<?> server =
                carrier.server(Transport.tcp()).handshakeTimeout(DEADLINE).maxUnauthenticated(1_000, 1_000);
        try (ReverseTunnel node = ReverseTunnel.node()
                .inbound("server", server)
                .outbound("origin", Outbound.direct().allowPrivate())
                .route(Rule.inbound("server").to("origin"))
                .start()) {
            List<Sight> sights = knock(node.port("server"), carrier, carrier::client, carrier::stranger);
            print(carrier.name(), sights);

            then(origin.accepted()).as("only the real client was served").isEqualTo(1);
            then(sights).filteredOn(sight -> sight.answered() > 0).isEmpty();
            switch (carrier.strangers()) {
                case SEE_NOTHING -> thenSeeNothing(sights);
                case ARE_RESET_AT_ONCE -> thenAreResetAtOnce(sights);
                case ARE_RESET_WHEN_KNOWN -> thenAreResetWhenKnown(sights);
            }
        }
    }

    private static void thenSeeNothing(List<Sight> sights) {
        then(sights).filteredOn(sight -> sight.ending() != Ending.FIN).isEmpty();
        then(sights)
                .filteredOn(sight -> !sight.isHalfClosed() && !isAtDeadline(sight))
                .isEmpty();
        then(sights)
                .filteredOn(sight -> sight.isHalfClosed() && !isAtOnce(sight))
                .isEmpty();
    }

    private static void thenAreResetAtOnce(List<Sight> sights) {
        then(sights)
                .filteredOn(sight -> sight.ending() != Ending.RESET && !sight.isSilent())
                .isEmpty();
        // One of those who hold a valid opening that nobody has used comes first, and it may be one that was cut: then
        // the server waits for the rest of it, and all others are too late.
        List<Sight> waiting = sights.stream().filter(sight -> !isAtOnce(sight)).toList();
        then(waiting).hasSizeLessThanOrEqualTo(1);
        then(waiting)
                .filteredOn(sight -> !sight.probe().startsWith("cut at") || !isAtDeadline(sight))
                .isEmpty();
    }

    private static void thenAreResetWhenKnown(List<Sight> sights) {
        then(sights)
                .filteredOn(sight -> sight.ending() != Ending.RESET && !sight.isSilent())
                .isEmpty();
        then(sights)
                .filteredOn(sight -> !isAtOnce(sight) && !isAtDeadline(sight))
                .isEmpty();
    }

    @Test
    @RequiresPeer("v2ray")
    void strangers_at_v2rays_port_do_not() throws Exception {
        int port = Ports.free();
        String document = V2RayDocuments.server(
                        port, V2RayCarrier.vmess(Carriers.KNOWN, V2RayDocuments.Security.AES_128_GCM))
                .replaceFirst(
                        "\\{",
                        "{ \"policy\": { \"levels\": { \"0\": { \"handshake\": " + DEADLINE.toSeconds() + " } } },");
        try (V2Ray server = V2Ray.start(document, port)) {
            List<Sight> sights = knock(port, Carriers.VMESS, Carriers.VMESS::client, Carriers.VMESS::stranger);
            print("V2Ray 4.34, VMess", sights);

            then(patterns(sights)).hasSizeGreaterThan(1);
            then(server.isAlive()).isTrue();
        }
    }

    private List<Sight> knock(
            int port,
            Carrier carrier,
            BiFunction<Integer, Transport, Outbound> client,
            BiFunction<Integer, Transport, Outbound> stranger)
            throws Exception {
        byte[] used = Opening.of(client, origin.port(), Duration.ZERO);
        useUp(port, used);
        List<Probe> probes = probes(carrier, used, client, stranger);
        try (Crowd crowd = new Crowd()) {
            List<Future<Sight>> all = probes.stream()
                    .map(probe -> crowd.send(() -> probe.at(port, DEADLINE)))
                    .toList();
            then(Crowd.failures(all)).isEmpty();
            List<Sight> sights = new ArrayList<>();
            for (Future<Sight> sight : all) {
                sights.add(sight.get());
            }
            return sights;
        }
    }

    /** The real client comes first; the origin answers him at once. */
    private static void useUp(int port, byte[] opening) throws Exception {
        try (Socket client = Client.connect(port)) {
            client.getOutputStream().write(opening);
            then(client.getInputStream().read())
                    .as("the answer to a valid opening")
                    .isNotNegative();
        }
    }

    private List<Probe> probes(
            Carrier carrier,
            byte[] used,
            BiFunction<Integer, Transport, Outbound> client,
            BiFunction<Integer, Transport, Outbound> stranger)
            throws Exception {
        List<Probe> probes = new ArrayList<>();
        for (int length : LENGTHS) {
            probes.add(new Probe(length + " random bytes", noise(length), Manner.AT_ONCE));
        }
        byte[] valid = Opening.of(client, origin.port(), Duration.ZERO);
        int length = valid.length;
        while (!carrier.isAuthenticated(length - 1)) {
            length--;
        }
        for (int cut = 1; cut < length; cut++) {
            probes.add(new Probe("cut at " + cut, Arrays.copyOf(valid, cut), Manner.AT_ONCE));
        }
        for (int at = 0; at < length; at++) {
            if (!carrier.isAuthenticated(at)) {
                continue;
            }
            byte[] flipped = valid.clone();
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            probes.add(new Probe("flipped at " + at, flipped, Manner.AT_ONCE));
        }
        byte[] unknown = Opening.of(stranger, origin.port(), Duration.ZERO);
        for (int i = 0; i < 5; i++) {
            probes.add(new Probe("unknown user", unknown, Manner.AT_ONCE));
            probes.add(new Probe("byte by byte", noise(1_000), Manner.BYTE_BY_BYTE));
            probes.add(new Probe("1 MiB", noise(1 << 20), Manner.AT_ONCE));
        }
        if (carrier.forbidsReplay()) {
            byte[] early = Opening.of(client, origin.port(), Duration.ofMinutes(10));
            byte[] late = Opening.of(client, origin.port(), Duration.ofMinutes(-10));
            for (int i = 0; i < 5; i++) {
                probes.add(new Probe("replayed", used, Manner.AT_ONCE));
                probes.add(new Probe("replayed, with more", with(used, noise(random.nextInt(4_000))), Manner.AT_ONCE));
                if (carrier.knowsTime()) {
                    probes.add(new Probe("10 min ahead", early, Manner.AT_ONCE));
                    probes.add(new Probe("10 min behind", late, Manner.AT_ONCE));
                }
            }
            probes.add(new Probe("half-closed, replayed", used, Manner.HALF_CLOSED));
        }
        probes.add(new Probe("half-closed, nothing", new byte[0], Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, noise", noise(100), Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, much noise", noise(4_000), Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, cut", Arrays.copyOf(valid, length / 2), Manner.HALF_CLOSED));
        return probes;
    }

    /** Of no version and no type that any of the protocols has. */
    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        if (length > 0) {
            bytes[0] = (byte) (bytes[0] | 0x80);
        }
        return bytes;
    }

    private static byte[] with(byte[] one, byte[] other) {
        byte[] both = Arrays.copyOf(one, one.length + other.length);
        System.arraycopy(other, 0, both, one.length, other.length);
        return both;
    }

    private static boolean isAtDeadline(Sight sight) {
        return sight.after().minus(DEADLINE).abs().compareTo(GIVE_OR_TAKE) <= 0;
    }

    private static boolean isAtOnce(Sight sight) {
        return sight.after().compareTo(DEADLINE.dividedBy(2)) < 0;
    }

    private static void print(String server, List<Sight> sights) {
        System.out.println("what " + sights.size() + " strangers see of " + server + ": " + patterns(sights));
    }

    private static Map<String, Long> patterns(List<Sight> sights) {
        return sights.stream()
                .filter(sight -> !sight.isHalfClosed())
                .collect(Collectors.groupingBy(ProbesIT::pattern, TreeMap::new, Collectors.counting()));
    }

    private static String pattern(Sight sight) {
        return sight.answered() + " bytes, " + sight.ending()
                + (isAtDeadline(sight) ? " at the deadline" : isAtOnce(sight) ? " at once" : " at another time");
    }
}
