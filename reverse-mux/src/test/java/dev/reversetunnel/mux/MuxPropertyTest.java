package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random operations on both ends of a tunnel. Whatever happens: bytes arrive in order, at their own session, and all of
 * them before a clean end; both ends agree about what is open; nothing is left.
 */
@ExtendWith(BufferLeakExtension.class)
class MuxPropertyTest {
    private static final int RUNS = 25;
    private static final int STEPS = 1_500;

    @ParameterizedTest
    @ValueSource(ints = {0, 1_000, 2_000, 3_000})
    void random_operations_keep_the_promises(int firstSeed) {
        for (int seed = firstSeed; seed < firstSeed + RUNS; seed++) {
            new Run(seed, false).go();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {10_000, 11_000, 12_000, 13_000})
    void random_operations_keep_the_promises_of_the_extension(int firstSeed) {
        for (int seed = firstSeed; seed < firstSeed + RUNS; seed++) {
            new Run(seed, true).go();
        }
    }

    /** One session as one end sees it. */
    private static final class Side {
        final MuxSession session;
        final Taker taker = new Taker();
        int written;

        Side(MuxSession session) {
            this.session = session;
            session.pipeline().addLast(taker);
        }
    }

    private static final class Run {
        final int seed;
        final Random random;
        final MuxPair pair = new MuxPair(MuxOptions.DEFAULT
                .queueBytes(8_000, 24_000)
                .grace(Duration.ofSeconds(10))
                .maxSessions(24));
        /** By the host that was asked for, which is another one for each session: ids may come again. */
        final Map<MuxEnd, Map<String, Side>> sides = new HashMap<>();

        final List<Side> all = new ArrayList<>();
        final Set<Integer> ids = new TreeSet<>();
        final boolean extended;

        Run(int seed, boolean extended) {
            this.seed = seed;
            this.extended = extended;
            this.random = new Random(seed);
            if (extended) {
                pair.extended(random.nextBoolean() ? 0 : 20_000);
            }
            for (MuxEnd end : List.of(pair.client, pair.server)) {
                sides.put(end, new HashMap<>());
                end.onAccept = session -> enter(end, session);
                end.onOpen = session -> session.config().setAutoRead(random.nextBoolean());
            }
        }

        private void enter(MuxEnd end, MuxSession session) {
            Side side = new Side(session);
            Map<String, Side> known = sides.get(end);
            then(known == null ? null : known.put(name(session), side))
                    .as("opened twice, seed %d", seed)
                    .isNull();
            ids.add(session.sessionId());
            all.add(side);
        }

        private static String name(MuxSession session) {
            return session.destination().host();
        }

        void go() {
            for (int i = 0; i < STEPS; i++) {
                operate(random.nextBoolean() ? pair.client : pair.server);
            }
            settle();
            for (MuxEnd end : List.of(pair.client, pair.server)) {
                then(end.wire.isOpen()).as("seed %d", seed).isTrue();
                then(end.mux.queuedBytes()).as("seed %d", seed).isZero();
                then(end.mux.isBlocked()).as("seed %d", seed).isFalse();
                then(end.mux.openSessions())
                        .as("seed %d", seed)
                        .isEqualTo(open(end).size());
            }
            then(open(pair.client)).as("seed %d", seed).isEqualTo(open(pair.server));
            check(pair.client, pair.server);
            check(pair.server, pair.client);
            if (extended) {
                then(ids).as("ids are free again, seed %d", seed).hasSizeLessThan(all.size() / 2);
            }
            pair.close();
            then(all).as("seed %d", seed).noneMatch(side -> side.session.isOpen());
        }

        private void operate(MuxEnd end) {
            Side side = all.isEmpty() ? null : all.get(random.nextInt(all.size()));
            switch (random.nextInt(14)) {
                case 0 -> {
                    if (end.mux.canOpen()) {
                        MuxSession session = end.mux.open(Destination.tcp("host-" + all.size(), 80));
                        enter(end, session);
                        session.config().setAutoRead(random.nextBoolean());
                    }
                }
                case 1, 2, 3, 4 -> write(side);
                case 5 -> {
                    if (side != null && random.nextInt(4) == 0) {
                        side.session.close();
                    }
                }
                case 6 -> {
                    if (side != null && random.nextInt(8) == 0) {
                        side.session.reset();
                    }
                }
                case 7 -> {
                    if (side != null && random.nextInt(4) == 0) {
                        side.session
                                .writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER)
                                .addListener(written -> side.session.shutdownOutput());
                    }
                }
                case 8 -> {
                    if (side != null) {
                        side.session.config().setAutoRead(random.nextBoolean());
                    }
                }
                case 9 -> {
                    if (random.nextBoolean()) {
                        end.wire.stick();
                    } else {
                        end.wire.unstick();
                    }
                }
                case 10 -> end.wire.advanceTimeBy(random.nextInt(3), TimeUnit.SECONDS);
                case 11 -> end.mux.ping();
                default -> pair.step();
            }
        }

        private void write(@org.jspecify.annotations.Nullable Side side) {
            if (side == null || side.session.isOutputShutdown()) {
                return;
            }
            int length = random.nextInt(random.nextInt(20) == 0 ? 40_000 : 600);
            byte[] stream = stream(side.session, side.written + length);
            ByteBuf bytes = PooledByteBufAllocator.DEFAULT.buffer(Math.max(1, length));
            side.session.write(bytes.writeBytes(stream, side.written, length));
            side.written += length;
            if (random.nextInt(4) > 0) {
                side.session.flush();
            }
        }

        /** What a session's end writes, from the start: nobody else writes the same. */
        private byte[] stream(MuxSession session, int length) {
            byte[] bytes = new byte[length];
            boolean atClient = session.connection() == pair.client.mux;
            new Random(seed * 1_000_003L + name(session).hashCode() * 2L + (atClient ? 0 : 1)).nextBytes(bytes);
            return bytes;
        }

        private void settle() {
            for (MuxEnd end : List.of(pair.client, pair.server)) {
                end.wire.unstick();
                end.onOpen = session -> session.config().setAutoRead(true);
            }
            all.forEach(side -> {
                side.session.config().setAutoRead(true);
                side.session.flush();
            });
            pair.pump();
        }

        private Set<String> open(MuxEnd end) {
            Set<String> names = new TreeSet<>();
            sides.getOrDefault(end, Map.of()).forEach((name, side) -> {
                if (side.session.isOpen()) {
                    names.add(name);
                }
            });
            return names;
        }

        /** What one end wrote against what the other one took. */
        private void check(MuxEnd writer, MuxEnd reader) {
            Map<String, Side> written = sides.getOrDefault(writer, Map.of());
            Map<String, Side> read = sides.getOrDefault(reader, Map.of());
            read.forEach((name, side) -> {
                Side peer = written.get(name);
                byte[] taken = side.taker.bytes.toByteArray();
                if (peer == null) {
                    then(taken).isEmpty();
                    return;
                }
                byte[] stream = stream(peer.session, peer.written);
                then(taken.length).as("seed %d session %s", seed, name).isLessThanOrEqualTo(stream.length);
                then(Arrays.copyOf(stream, taken.length))
                        .as("seed %d session %s", seed, name)
                        .isEqualTo(taken);
                boolean bothOpen = side.session.isOpen() && peer.session.isOpen();
                if (side.taker.events.contains("end") || bothOpen) {
                    then(taken.length)
                            .as("all bytes of seed %d session %s", seed, name)
                            .isEqualTo(stream.length);
                }
            });
        }
    }
}
