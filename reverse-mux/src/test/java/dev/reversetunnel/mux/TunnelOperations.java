package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
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
import org.jspecify.annotations.Nullable;

/**
 * Operations on both ends of a tunnel, as somebody chooses. Whatever happens: bytes arrive in order, at their own
 * session, and all of them before a clean end; both ends agree about what is open; nothing is left.
 */
final class TunnelOperations {
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

    private final String name;
    private final long seed;
    private final Random choices;
    private final MuxPair pair;
    /** By the host that was asked for, which is another one for each session: ids may come again. */
    private final Map<MuxEnd, Map<String, Side>> sides = new HashMap<>();

    private final List<Side> all = new ArrayList<>();
    private final Set<Integer> ids = new TreeSet<>();

    /**
     * A tunnel without a session.
     *
     * @param seed what the bytes are made from that are written
     * @param choices what is done; also decides the first credit
     */
    TunnelOperations(String name, long seed, Random choices, boolean extended, ByteBufAllocator allocator) {
        this.name = name;
        this.seed = seed;
        this.choices = choices;
        this.pair = new MuxPair(
                MuxOptions.DEFAULT
                        .queueBytes(8_000, 24_000)
                        .grace(Duration.ofSeconds(10))
                        .maxSessions(24),
                allocator);
        if (extended) {
            pair.extended(choices.nextBoolean() ? 0 : 20_000);
        }
        for (MuxEnd end : List.of(pair.client, pair.server)) {
            sides.put(end, new HashMap<>());
            end.onAccept = session -> enter(end, session);
            end.onOpen = session -> session.config().setAutoRead(choices.nextBoolean());
        }
    }

    /** Does the next thing. */
    void step() {
        operate(choices.nextBoolean() ? pair.client : pair.server);
    }

    /** How many sessions there were, and how many ids they had. */
    int sessions() {
        return all.size() / 2;
    }

    int ids() {
        return ids.size();
    }

    /** Lets everything happen that was begun, looks at what came of it, and closes the tunnel. */
    void finish() {
        settle();
        for (MuxEnd end : List.of(pair.client, pair.server)) {
            then(end.wire.isOpen()).as("%s", name).isTrue();
            then(end.mux.queuedBytes()).as("%s", name).isZero();
            then(end.mux.isBlocked()).as("%s", name).isFalse();
            then(end.mux.openSessions()).as("%s", name).isEqualTo(open(end).size());
        }
        then(open(pair.client)).as("%s", name).isEqualTo(open(pair.server));
        check(pair.client, pair.server);
        check(pair.server, pair.client);
        pair.close();
        then(all).as("%s", name).noneMatch(side -> side.session.isOpen());
    }

    private void enter(MuxEnd end, MuxSession session) {
        Side side = new Side(session);
        Map<String, Side> known = sides.get(end);
        then(known == null ? null : known.put(name(session), side))
                .as("opened twice, %s", this.name)
                .isNull();
        ids.add(session.sessionId());
        all.add(side);
    }

    private static String name(MuxSession session) {
        return session.destination().host();
    }

    private void operate(MuxEnd end) {
        Side side = all.isEmpty() ? null : all.get(choices.nextInt(all.size()));
        switch (choices.nextInt(14)) {
            case 0 -> {
                if (end.mux.canOpen()) {
                    MuxSession session = end.mux.open(Destination.tcp("host-" + all.size(), 80));
                    enter(end, session);
                    session.config().setAutoRead(choices.nextBoolean());
                }
            }
            case 1, 2, 3, 4 -> write(side);
            case 5 -> {
                if (side != null && choices.nextInt(4) == 0) {
                    side.session.close();
                }
            }
            case 6 -> {
                if (side != null && choices.nextInt(8) == 0) {
                    side.session.reset();
                }
            }
            case 7 -> {
                if (side != null && choices.nextInt(4) == 0) {
                    side.session
                            .writeAndFlush(Unpooled.EMPTY_BUFFER)
                            .addListener(written -> side.session.shutdownOutput());
                }
            }
            case 8 -> {
                if (side != null) {
                    side.session.config().setAutoRead(choices.nextBoolean());
                }
            }
            case 9 -> {
                if (choices.nextBoolean()) {
                    end.wire.stick();
                } else {
                    end.wire.unstick();
                }
            }
            case 10 -> end.wire.advanceTimeBy(choices.nextInt(3), TimeUnit.SECONDS);
            case 11 -> end.mux.ping();
            default -> pair.step();
        }
    }

    private void write(@Nullable Side side) {
        if (side == null || side.session.isOutputShutdown()) {
            return;
        }
        int length = choices.nextInt(choices.nextInt(20) == 0 ? 40_000 : 600);
        byte[] stream = stream(side.session, side.written + length);
        ByteBuf bytes = side.session.alloc().buffer(Math.max(1, length));
        side.session.write(bytes.writeBytes(stream, side.written, length));
        side.written += length;
        if (choices.nextInt(4) > 0) {
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
            then(taken.length).as("%s, session %s", this.name, name).isLessThanOrEqualTo(stream.length);
            then(Arrays.copyOf(stream, taken.length))
                    .as("%s, session %s", this.name, name)
                    .isEqualTo(taken);
            boolean bothOpen = side.session.isOpen() && peer.session.isOpen();
            if (side.taker.events.contains("end") || bothOpen) {
                then(taken.length)
                        .as("all bytes of %s, session %s", this.name, name)
                        .isEqualTo(stream.length);
            }
        });
    }
}
