package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.interop.Probe.Ending;
import dev.reversetunnel.interop.Probe.Manner;
import dev.reversetunnel.interop.Probe.Sight;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.vmess.ProbeOpenings;
import dev.reversetunnel.vmess.Vmess;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * 300 strangers knock at a VMess port, in every manner that is known to tell servers apart: they get no byte, and see a
 * FIN when the time for the handshake is up, or when they end their own side. V2Ray 4.34 is recognised by the same
 * strangers: it closes after so many bytes.
 */
class VmessProbesIT {
    private static final Duration DEADLINE = Duration.ofSeconds(3);

    /** On a busy machine. */
    private static final Duration GIVE_OR_TAKE = Duration.ofMillis(300);

    private static final String DOMAIN = "test.v2fly.org";
    private static final int[] LENGTHS = IntStream.of(
                    1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 15, 16, 17, 21, 22, 23, 32, 33, 34, 40, 41, 42, 48, 49, 50, 51, 53,
                    54, 55, 56, 57, 58, 59, 60, 61, 100, 221, 256, 512, 1_000, 2_000, 4_000)
            .toArray();
    private static final int ALL = 300;

    private final Random random = new Random(7);
    private final UUID id = UUID.randomUUID();

    @Test
    void strangers_at_our_port_see_one_pattern() throws Exception {
        try (Portal portal = ReverseTunnel.portal("portal")
                .domain(DOMAIN)
                .listen(Vmess.server(0)
                        .address("127.0.0.1")
                        .user("interconn", id)
                        .handshakeTimeout(DEADLINE)
                        .maxUnauthenticated(1_000, 1_000))
                .listen(Inbound.port(0).address("127.0.0.1"))
                .start()) {
            List<Sight> sights = knock(portal.port("tunnels"));

            then(sights).hasSize(ALL);
            then(sights).filteredOn(sight -> sight.answered() > 0).isEmpty();
            then(sights).filteredOn(sight -> sight.ending() != Ending.FIN).isEmpty();
            then(sights)
                    .filteredOn(sight -> !sight.probe().contains("half-closed"))
                    .filteredOn(sight -> !isAtDeadline(sight))
                    .isEmpty();
            then(sights)
                    .filteredOn(sight -> sight.probe().contains("half-closed"))
                    .filteredOn(sight -> sight.after().compareTo(DEADLINE.dividedBy(2)) > 0)
                    .isEmpty();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void strangers_at_v2rays_port_see_several() throws Exception {
        try (Origin origin = Origin.start()) {
            Meeting meeting = Meeting.at(origin).id(id);
            String document = V2RayDocuments.portal(meeting.visitors(), meeting.bridges(), id, DOMAIN);
            String impatient = document.replaceFirst(
                    "\"reverse\"",
                    "\"policy\": { \"levels\": { \"0\": { \"handshake\": " + DEADLINE.toSeconds()
                            + " } } },\n  \"reverse\"");
            try (V2Ray portal = V2Ray.start(impatient)) {
                List<Sight> sights = knock(meeting.bridges());

                then(sights).hasSize(ALL);
                TreeMap<String, Long> patterns = sights.stream()
                        .filter(sight -> !sight.probe().contains("half-closed"))
                        .collect(Collectors.groupingBy(VmessProbesIT::pattern, TreeMap::new, Collectors.counting()));
                System.out.println("what strangers see of V2Ray: " + patterns);
                then(patterns).hasSizeGreaterThan(1);
                then(portal.isAlive()).isTrue();
            }
        }
    }

    private List<Sight> knock(int port) throws Exception {
        byte[] used = opening(0);
        useUp(port, used);
        List<Probe> probes = probes(used);
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

    /** The real client comes first; a portal answers him at once. */
    private static void useUp(int port, byte[] opening) throws Exception {
        try (Socket client = Client.connect(port)) {
            client.getOutputStream().write(opening);
            then(client.getInputStream().read())
                    .as("the answer to a valid opening")
                    .isNotNegative();
        }
    }

    private List<Probe> probes(byte[] used) {
        List<Probe> probes = new ArrayList<>();
        for (int length : LENGTHS) {
            probes.add(new Probe(length + " random bytes", noise(length), Manner.AT_ONCE));
        }
        int length = used.length;
        for (int cut = 1; cut < length; cut++) {
            probes.add(new Probe("cut at " + cut, Arrays.copyOf(opening(0), cut), Manner.AT_ONCE));
        }
        for (int at = 0; at < length; at++) {
            byte[] flipped = opening(0);
            flipped[at] ^= (byte) (1 << random.nextInt(8));
            probes.add(new Probe("flipped at " + at, flipped, Manner.AT_ONCE));
        }
        for (int i = 0; i < 3; i++) {
            probes.add(new Probe("replayed", used, Manner.AT_ONCE));
            probes.add(new Probe("10 min ahead", opening(600), Manner.AT_ONCE));
            probes.add(new Probe("10 min behind", opening(-600), Manner.AT_ONCE));
            probes.add(new Probe("unknown user", stranger(), Manner.AT_ONCE));
            probes.add(new Probe("byte by byte", noise(1_000), Manner.BYTE_BY_BYTE));
            probes.add(new Probe("1 MiB", noise(1 << 20), Manner.AT_ONCE));
        }
        probes.add(new Probe("half-closed, nothing", new byte[0], Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, noise", noise(100), Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, much noise", noise(4_000), Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, replayed", used, Manner.HALF_CLOSED));
        probes.add(new Probe("half-closed, cut", Arrays.copyOf(opening(0), length / 2), Manner.HALF_CLOSED));
        while (probes.size() < ALL) {
            probes.add(new Probe("replayed, with more", with(used, noise(random.nextInt(4_000))), Manner.AT_ONCE));
        }
        return probes;
    }

    private byte[] opening(int secondsAhead) {
        return ProbeOpenings.opening(id, Instant.now().getEpochSecond() + secondsAhead, DOMAIN);
    }

    private static byte[] stranger() {
        return ProbeOpenings.opening(UUID.randomUUID(), Instant.now().getEpochSecond(), DOMAIN);
    }

    private byte[] noise(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
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

    private static String pattern(Sight sight) {
        return sight.ending() + (isAtDeadline(sight) ? " at the deadline" : " at another time");
    }
}
