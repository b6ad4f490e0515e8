package dev.reversetunnel;

import static dev.reversetunnel.HostileFrames.data;
import static dev.reversetunnel.HostileFrames.extended;
import static dev.reversetunnel.HostileFrames.frame;
import static dev.reversetunnel.HostileFrames.hello;
import static dev.reversetunnel.HostileFrames.id;
import static dev.reversetunnel.HostileFrames.join;
import static dev.reversetunnel.HostileFrames.keep;
import static dev.reversetunnel.HostileFrames.name;
import static dev.reversetunnel.HostileFrames.opened;
import static dev.reversetunnel.HostileFrames.record;
import static dev.reversetunnel.HostileFrames.times;
import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Neighbour.Speed;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxOptions;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The other end of a tunnel does what a limit forbids, again and again and as fast as the network is, and comes back
 * when it was sent away. The limit is met, and a neighbour at the same node, by another tunnel, has at least four
 * fifths of what he had alone.
 *
 * <p>Both are served by the node's event loops, of which this machine may have one: what is limited is what the abuser
 * takes of it. The neighbour wants little, see {@link Neighbour}; of three looks at him the best counts, for others use
 * the machine as well. For the same reason the short form is content with a third of that; without turns of the loop he
 * had a twentieth.
 */
class TunnelAbuseTest {
    private static final String EVIL = "evil.test.internal";
    private static final String FAR = "far.test.internal";
    private static final Duration SHORT = Duration.ofMillis(500);
    private static final Duration LONG = Duration.ofSeconds(10);
    private static final int MOST_TUNNELS = 4;
    private static final int LOOKS = 3;
    private static final double LEAST = 0.8;

    /** In half a second on a machine that builds other things as well. */
    private static final double NOISE = 3;

    private static final ExecutorService THREADS = Executors.newCachedThreadPool();
    private static Speed alone;

    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger tunnels = new AtomicInteger();
    private final LimitsTold limits = new LimitsTold();
    private final Origin origin;
    private final DatagramSocket silent;
    private final ServerSocket far;
    private final ReverseTunnel node;
    private final Bridge good;
    private volatile @Nullable HostilePeer current;
    private volatile boolean over;

    /** What is done, and which limit it meets; null if there is nothing to be limited but its share of the loop. */
    private static final class Abuse {
        final String name;
        final Role role;
        final @Nullable Limit limit;
        final byte[] prologue;
        final byte[] flood;

        Abuse(String name, Role role, @Nullable Limit limit, byte[] prologue, byte[] flood) {
            this.name = name;
            this.role = role;
            this.limit = limit;
            this.prologue = prologue;
            this.flood = flood;
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static List<Abuse> abuses() {
        byte[] none = new byte[0];
        byte[] ping = record(0, "03 0000000000000000");
        byte[] reason = record(1, "06 01 0001 61");
        Limit idle = Limit.FRAMES_WITHOUT_PROGRESS;
        return List.of(
                new Abuse("sessions", Role.PORTAL, Limit.NEW_PER_SECOND, none, newsAndEnds("stuck")),
                new Abuse(
                        "sessions beyond all",
                        Role.PORTAL,
                        Limit.SESSIONS_PER_TUNNEL,
                        newsTo("stuck", 1_100),
                        opened(2_000, 2_000)),
                new Abuse("sessions to nobody", Role.PORTAL, Limit.DIALS, newsTo("nobody", 250), newsAndEnds("nobody")),
                new Abuse("KeepAlives", Role.PORTAL, idle, none, times(8_000, frame("0000 04 00"))),
                new Abuse("Keeps of no session", Role.BRIDGE, idle, none, times(8_000, keep(40_000, 1))),
                new Abuse("PINGs", Role.BRIDGE, idle, hello(65_536), times(4_000, ping)),
                new Abuse("REASONs", Role.PORTAL, idle, join(hello(65_536), extended(1, "sink")), times(4_000, reason)),
                new Abuse(
                        "bytes that nobody reads",
                        Role.PORTAL,
                        Limit.SLOW_READER,
                        newsTo("stuck", 1),
                        times(8, keep(1, 16_000))),
                new Abuse("bytes one by one", Role.PORTAL, null, newsTo("sink", 1), times(8_000, keep(1, 1))),
                new Abuse("datagrams to many", Role.PORTAL, Limit.DATAGRAM_FLOWS, datagramSessions(), datagrams()),
                new Abuse("tunnels", Role.BRIDGE, Limit.TUNNELS_PER_USER, none, none));
    }

    private enum Role {
        BRIDGE,
        PORTAL
    }

    /** Never gets there. */
    private static final class Nobody implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            return dialer.loop().newPromise();
        }
    }

    TunnelAbuseTest() throws Exception {
        origin = Origin.echo();
        silent = new DatagramSocket(0, Tunnels.loopback());
        far = new ServerSocket(0, 16, Tunnels.loopback());
        far.setSoTimeout(100);
        node = ReverseTunnel.node()
                .inbound(
                        "tunnels",
                        Plain.server(Map.of(
                                Plain.TESTER,
                                Grant.register(EVIL).maxTunnels(MOST_TUNNELS),
                                "good",
                                Grant.register(DOMAIN))))
                .inbound("visitors", Inbound.port(0).address("127.0.0.1"))
                .portal("good", DOMAIN)
                .portal("evil", EVIL)
                .bridge("far", FAR)
                .outbound("dial", Plain.client(Transport.tcp(), far.getLocalPort()))
                .outbound("sink", Outbound.to("127.0.0.1", origin.port()))
                .outbound("stuck", Outbound.handler(new NeverReads()))
                .outbound("nobody", new Nobody())
                .outbound("datagrams", Outbound.to("127.0.0.1", silent.getLocalPort()))
                .route(Rule.inbound("tunnels").domain("full:" + DOMAIN).to("good"))
                .route(Rule.inbound("tunnels").domain("full:" + EVIL).to("evil"))
                .route(Rule.inbound("visitors").to("good"))
                .route(Rule.inbound("far").domain("full:" + FAR).to("dial"))
                .route(Rule.inbound("far").domain("full:stuck").to("stuck"))
                .route(Rule.inbound("far").domain("full:nobody").to("nobody"))
                .route(Rule.inbound("far").domain("full:datagrams").to("datagrams"))
                .route(Rule.inbound("far").to("sink"))
                .mux(MuxOptions.DEFAULT.grace(Duration.ofMillis(100)).newPerSecond(2_000))
                .maxDials(100, 100)
                .maxFlows(100)
                .listener(limits)
                .start();
        good = Tunnels.ready(ReverseTunnel.bridge("good")
                .domain(DOMAIN)
                .connect(Plain.client(node.port("tunnels"), "good"))
                .forward("127.0.0.1", origin.port()));
    }

    @AfterEach
    void close() throws IOException {
        good.close();
        node.close();
        far.close();
        origin.close();
        silent.close();
    }

    @BeforeAll
    static void measure() throws Exception {
        TunnelAbuseTest quiet = new TunnelAbuseTest();
        try (Neighbour neighbour = new Neighbour(quiet.node.port("visitors"))) {
            neighbour.asks(SHORT); // warms up
            alone = neighbour.asks(SHORT);
        } finally {
            quiet.close();
        }
    }

    @AfterAll
    static void end() {
        THREADS.shutdownNow();
    }

    @ParameterizedTest
    @MethodSource("abuses")
    void the_neighbour_has_what_he_had_alone(Abuse abuse) throws Exception {
        besides(abuse, SHORT, LEAST / NOISE);
    }

    @Tag("long")
    @ParameterizedTest
    @MethodSource("abuses")
    void the_neighbour_has_what_he_had_alone_for_long(Abuse abuse) throws Exception {
        besides(abuse, LONG, LEAST);
    }

    private void besides(Abuse abuse, Duration time, double least) throws Exception {
        CompletableFuture<Void> abuser = CompletableFuture.runAsync(() -> abuse(abuse), THREADS);
        try (Neighbour neighbour = new Neighbour(node.port("visitors"))) {
            if (abuse.limit == null) {
                await().until(() -> sent.get() > 0);
            } else {
                limits.thenTold(abuse.limit, node::snapshot, "");
            }
            Speed beside = neighbour.asks(time);
            for (int look = 1; look < LOOKS && !isEnough(beside, alone, least); look++) {
                Speed again = neighbour.asks(time);
                beside = again.part() > beside.part() ? again : beside;
            }
            System.out.printf(
                    "abuse: %s: %,d KiB in %d tunnels; the neighbour had %s, alone %s%n",
                    abuse, sent.get() >> 10, tunnels.get(), beside, alone);
            if (!isEnough(beside, alone, least)) {
                end(abuser);
                Speed aloneNow = neighbour.asks(time); // others may have come to this machine
                then(isEnough(beside, aloneNow, least))
                        .as("%s, alone %s", beside, aloneNow)
                        .isTrue();
            }
        } finally {
            end(abuser);
        }
    }

    private static boolean isEnough(Speed beside, Speed alone, double least) {
        return beside.part() >= least * alone.part();
    }

    private void end(CompletableFuture<Void> abuser) throws IOException {
        over = true;
        HostilePeer last = current;
        if (last != null) {
            last.cut(); // it may be waiting to be read
        }
        abuser.join();
    }

    // ---- the abuser ----

    private void abuse(Abuse abuse) {
        List<HostilePeer> kept = new ArrayList<>();
        try {
            while (!over) {
                HostilePeer peer =
                        abuse.role == Role.BRIDGE ? HostilePeer.bridge(node.port("tunnels"), EVIL) : portal();
                if (peer == null) {
                    continue; // our bridge waits before it dials again
                }
                current = peer;
                tunnels.incrementAndGet();
                if (abuse.flood.length > 0) {
                    peer.flood(abuse.prologue, abuse.flood, () -> over, sent);
                    peer.close();
                } else if (kept.size() < MOST_TUNNELS) {
                    kept.add(peer);
                } else {
                    then(peer.outcome()).isEqualTo(HostilePeer.Outcome.TUNNEL);
                    peer.close();
                    sent.incrementAndGet();
                }
            }
            for (HostilePeer peer : kept) {
                peer.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private @Nullable HostilePeer portal() throws IOException {
        try {
            Socket bridge = far.accept();
            bridge.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
            return HostilePeer.portal(bridge);
        } catch (SocketTimeoutException e) {
            return null;
        }
    }

    private static byte[] newsTo(String host, int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = 1; id <= count; id++) {
            all.writeBytes(frame(id(id) + "01 00 01 0050 " + name(host)));
        }
        return all.toByteArray();
    }

    private static byte[] newsAndEnds(String host) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = 1_000; id < 4_000; id++) {
            all.writeBytes(frame(id(id) + "01 00 01 0050 " + name(host)));
            all.writeBytes(frame(id(id) + "03 00"));
        }
        return all.toByteArray();
    }

    /** Each to another port, so by another way. */
    private static byte[] datagramSessions() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = 1; id <= 200; id++) {
            all.writeBytes(join(frame(id(id) + "01 01 02" + id(id) + name("datagrams")), data(100)));
        }
        return all.toByteArray();
    }

    /** Of those sessions that have none. */
    private static byte[] datagrams() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = 101; id <= 200; id++) {
            all.writeBytes(keep(id, 100));
        }
        return times(10, all.toByteArray());
    }
}
