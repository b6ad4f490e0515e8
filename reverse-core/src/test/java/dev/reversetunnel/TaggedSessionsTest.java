package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.mux.MuxOptions;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * No byte of one session ever reaches another: each of 200 visitors at a time says nothing but its own tag, counted
 * through, and hears nothing else, while sessions come and go, tunnels break, and ids are used again at once, for a
 * tunnel has 64. For 10 s, or {@code -Dintegrity.seconds}; 20 min with {@code -Plong}.
 */
class TaggedSessionsTest {
    private static final int VISITORS = 200;
    private static final int IDS = 64;
    private static final int MOST_WORDS = 300;
    private static final Duration TIME = Duration.ofSeconds(IntegrityTest.number("integrity.seconds", 10));
    private static final Duration BETWEEN_RESETS = Duration.ofSeconds(2);

    private final Queue<String> foreign = new ConcurrentLinkedQueue<>();
    private final AtomicLong whole = new AtomicLong();
    private final AtomicLong broken = new AtomicLong();
    private final AtomicLong words = new AtomicLong();
    private final AtomicLong tags = new AtomicLong();
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void stop() {
        threads.shutdownNow();
    }

    @Test
    void nobody_hears_a_byte_that_was_meant_for_somebody_else() throws Exception {
        MuxOptions few = MuxOptions.DEFAULT.maxSessions(IDS);
        try (Origin origin = new Origin(this::echo);
                Portal portal = Tunnels.portal(0)
                        .mux(few)
                        .waitForBridge(Duration.ofSeconds(20))
                        .start();
                FaultProxy line = FaultProxy.to(portal.port("tunnels"));
                Bridge bridge = Tunnels.ready(
                        Tunnels.bridge(line.port()).mux(few).tunnels(4, 6).forward("127.0.0.1", origin.port()))) {
            line.both(way -> way.split(1, 5_000).jitter(Duration.ofMillis(2)));
            long end = System.nanoTime() + TIME.toNanos();
            List<CompletableFuture<Void>> visitors = new ArrayList<>();
            for (int i = 0; i < VISITORS; i++) {
                SplittableRandom random = new SplittableRandom(i);
                visitors.add(CompletableFuture.runAsync(() -> visit(portal, random, end), threads));
            }
            int most = 0;
            for (int blow = 0; System.nanoTime() - end < 0; blow++) {
                LockSupport.parkNanos(BETWEEN_RESETS.toNanos());
                most = Math.max(most, mostSessions(portal));
                (blow % 2 == 0 ? line.toTarget() : line.fromTarget()).resetOnceAfter(blow * 7_919L % 100_000);
            }
            for (CompletableFuture<Void> visitor : visitors) {
                visitor.get();
            }
            System.out.printf(
                    "tagged sessions: %d whole, %d broken and seen so, %d words in %d tunnels, of which one had up to %d"
                            + " sessions by %d ids; %d foreign%n",
                    whole.get(), broken.get(), words.get(), line.accepted(), most, IDS, foreign.size());
            then(foreign).isEmpty();
            then(whole.get()).isGreaterThan(VISITORS);
            then(most).as("sessions of one tunnel").isGreaterThan(IDS);
            then(bridge.snapshot().tunnels()).isNotEmpty();
        }
    }

    private static int mostSessions(Portal portal) {
        return portal.snapshot().tunnels().stream()
                .mapToInt(TunnelSnapshot::openedSessions)
                .max()
                .orElse(0);
    }

    private void visit(Portal portal, SplittableRandom random, long end) {
        while (System.nanoTime() - end < 0) {
            try (Socket visitor = Tunnels.visit(portal)) {
                converse(visitor, tags.incrementAndGet(), 1 + random.nextInt(MOST_WORDS), random.nextInt(10) == 0);
                whole.incrementAndGet();
            } catch (SocketException | EOFException e) {
                broken.incrementAndGet();
            } catch (IOException e) {
                foreign.add("neither whole nor reset: " + e);
            }
        }
    }

    /** Says its words, as they fit, and hears them; some go in the middle of it. */
    private void converse(Socket visitor, long tag, int length, boolean leaves) throws IOException {
        CompletableFuture<Void> saying = CompletableFuture.runAsync(
                () -> {
                    try {
                        DataOutputStream out =
                                new DataOutputStream(new BufferedOutputStream(visitor.getOutputStream(), 4_000));
                        for (int i = 0; i < length; i++) {
                            out.writeLong(tag << 16 | i);
                        }
                        out.flush();
                    } catch (IOException e) {
                        // the one who hears sees it as well
                    }
                },
                threads);
        try {
            DataInputStream in = new DataInputStream(new BufferedInputStream(visitor.getInputStream(), 4_000));
            for (int i = 0; i < (leaves ? length / 2 : length); i++) {
                judge(in.readLong(), tag, i, "a visitor");
            }
        } finally {
            visitor.close();
            saying.join();
        }
    }

    private void echo(Socket socket) throws IOException {
        DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream(), 4_000));
        DataOutputStream out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream(), 4_000));
        long tag = -1;
        for (int i = 0; ; i++) {
            if (in.available() == 0) {
                out.flush();
            }
            long word = in.readLong();
            tag = i == 0 ? word >>> 16 : tag;
            judge(word, tag, i, "an origin");
            out.writeLong(word);
        }
    }

    private void judge(long word, long tag, int number, String who) throws IOException {
        words.incrementAndGet();
        if (word != (tag << 16 | number)) {
            foreign.add(who + " of " + tag + " heard word " + (word & 0xffff) + " of " + (word >>> 16)
                    + " (expected: word " + number + ")");
            throw new EOFException("foreign");
        }
    }
}
