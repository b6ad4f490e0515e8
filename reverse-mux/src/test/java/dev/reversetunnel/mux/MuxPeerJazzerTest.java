package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One end of a tunnel, and a peer that sends what it likes, when it likes, while sessions are opened, written, closed
 * and left unread: what breaks is a session or the tunnel, with a declared reason; no session gets another one's bytes;
 * what is queued stays within the limits; nothing is left.
 */
class MuxPeerJazzerTest {
    private static final int SEEDS = 30;
    private static final int SEED_BYTES = 1_500;
    private static final int MAX_WRITE = 2_000;

    static Stream<byte[]> scripts() {
        Stream<byte[]> operations = IntStream.range(0, SEEDS).mapToObj(seed -> {
            byte[] choices = new byte[SEED_BYTES];
            new Random(seed).nextBytes(choices);
            choices[0] = (byte) seed;
            return choices;
        });
        Stream<byte[]> recorded = Stream.of("mux-frames.json", "mux-extension.json")
                .flatMap(file -> Stream.of(0, 1, 2, 3).map(head -> recorded(file, head)));
        return Stream.concat(operations, recorded);
    }

    /** All frames of a file, as raw input. */
    private static byte[] recorded(String file, int head) {
        ByteArrayOutputStream script = new ByteArrayOutputStream();
        script.write(head);
        script.write(1);
        Vectors.objects(Vectors.load(MuxPeerJazzerTest.class, file).getAsJsonArray("vectors")).stream()
                .map(vector -> Hex.bytes(vector.get("hex").getAsString()))
                .filter(frame -> frame.length < 1 << Byte.SIZE)
                .forEach(frame -> {
                    script.write(Script.RAW);
                    script.write(frame.length);
                    script.writeBytes(frame);
                });
        return script.toByteArray();
    }

    @MethodSource("scripts")
    @FuzzTest
    void scripts(byte[] data) throws Exception {
        Fuzzing.judgeReleases(data, (input, buffers) -> {
            new Script(new Choices(input), buffers).run();
            buffers.thenNoMoreWasHeldThanCame();
        });
    }

    /** One life of a tunnel. */
    private static final class Script {
        static final int RAW = 0;

        private final Choices choices;
        private final BoundedAllocator buffers;
        private final MuxEnd end;
        /** Bytes of the input itself may come, of which nobody knows whose they are. */
        private final boolean raw;

        private final List<MuxSession> sessions = new ArrayList<>();
        private final List<Taker> takers = new ArrayList<>();

        Script(Choices choices, BoundedAllocator buffers) {
            this.choices = choices;
            this.buffers = buffers;
            int head = choices.nextInt(4);
            raw = choices.nextBoolean();
            end = new MuxEnd(
                    (head & 1) == 0 ? MuxRole.CLIENT : MuxRole.SERVER,
                    MuxOptions.DEFAULT
                            .queueBytes(4_000, 8_000)
                            .grace(Duration.ofSeconds(2))
                            .maxSessions(8),
                    buffers);
            end.onAccept = this::enter;
            if ((head & 2) != 0) {
                end.mux.hello(MuxEnd.hello(2_000));
                receive(MuxEnd.helloFrame());
            }
        }

        private void enter(MuxSession session) {
            Taker taker = new Taker();
            session.pipeline().addLast(taker);
            sessions.add(session);
            takers.add(taker);
        }

        void run() {
            while (choices.areLeft() && end.wire.isOpen()) {
                step();
                release(end.wire.readOutbound());
                then(end.mux.openSessions()).isLessThanOrEqualTo(8);
            }
            unstick();
            end.close();
            // who has ended cleanly before is still read
            sessions.forEach(session -> session.config().setAutoRead(true));
            end.wire.runPendingTasks();
            then(end.failures).isEmpty();
            then(end.mux.openSessions()).isZero();
            then(end.mux.queuedBytes()).isZero();
            then(end.closed).isEqualTo(1);
            then(sessions).noneMatch(MuxSession::isOpen);
            for (int i = 0; i < sessions.size() && !raw; i++) {
                check(sessions.get(i), takers.get(i));
            }
        }

        private void step() {
            MuxSession session = sessions.isEmpty() ? null : sessions.get(choices.nextInt(sessions.size()));
            switch (choices.nextInt(16)) {
                case RAW -> {
                    byte[] bytes = choices.take(choices.nextInt(1 << Byte.SIZE));
                    if (raw) {
                        receive(bytes);
                    }
                }
                case 1, 2, 3, 4, 5 -> receive(frame());
                case 6, 7 -> receive(records());
                case 8 -> {
                    if (end.mux.canOpen()) {
                        boolean udp = choices.nextInt(4) == 0;
                        enter(end.mux.open(udp ? Destination.udp("host", 53) : Destination.tcp("host", 80)));
                    }
                }
                case 9 -> write(session);
                case 10 -> {
                    if (session != null) {
                        session.config().setAutoRead(choices.nextBoolean());
                    }
                }
                case 11 -> {
                    if (session != null) {
                        close(session);
                    }
                }
                case 12 -> {
                    if (choices.nextBoolean()) {
                        end.wire.stick();
                    } else {
                        unstick();
                    }
                }
                case 13 -> end.wire.advanceTimeBy(choices.nextInt(3), TimeUnit.SECONDS);
                case 14 -> {
                    if (choices.nextBoolean()) {
                        end.mux.ping();
                    } else {
                        end.mux.drain();
                    }
                }
                default -> end.wire.runPendingTasks();
            }
        }

        private void unstick() {
            if (end.wire.isOpen()) {
                end.wire.unstick();
            }
        }

        private void close(MuxSession session) {
            switch (choices.nextInt(4)) {
                case 0 -> session.close();
                case 1 -> session.reset();
                case 2 -> session.shutdownOutput();
                default -> session.reset(EndReason.TOO_SLOW, "so it is");
            }
        }

        private void write(@Nullable MuxSession session) {
            if (session == null || session.isOutputShutdown() || session.isPacket()) {
                return;
            }
            int length = choices.nextInt(MAX_WRITE);
            buffers.allow(2 * (length + 64));
            session.writeAndFlush(buffers.buffer(length + 1).writeZero(length));
        }

        /** Its payload says whose it is. */
        private MuxFrame frame() {
            int id = choices.nextInt(12);
            int options = choices.nextInt(8);
            byte[] bytes = new byte[choices.nextInt(4) == 0 ? choices.nextInt(5_000) : choices.nextInt(64)];
            Arrays.fill(bytes, (byte) id);
            buffers.allow(3 * bytes.length);
            ByteBuf payload = (options & MuxFrame.DATA) == 0 ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes);
            Destination target = choices.nextBoolean() ? Destination.tcp("to", 80) : Destination.udp("1.2.3.4", 53);
            return switch (choices.nextInt(8)) {
                case 0, 1 -> new MuxFrame.New(id, options, target, null, null, payload);
                case 2 -> new MuxFrame.End(id, options, payload);
                case 3 -> new MuxFrame.Keep(id, options, Destination.udp("4.3.2.1", 54), payload);
                case 4 -> new MuxFrame.KeepAlive(id, options, payload);
                default -> new MuxFrame.Keep(id, options, null, payload);
            };
        }

        private MuxFrame records() {
            ByteBuf records = buffers.buffer();
            buffers.allow(512);
            for (int i = choices.nextInt(3); i >= 0; i--) {
                record().write(records);
            }
            return new MuxFrame.KeepAlive(choices.nextInt(12), MuxFrame.DATA, records);
        }

        private MuxRecord record() {
            return switch (choices.nextInt(8)) {
                case 0 -> new MuxRecord.Hello(MuxEnd.hello(choices.nextInt(100)));
                case 1, 2 -> new MuxRecord.Credit(choices.nextInt() & 0xffffffffL);
                case 3 -> new MuxRecord.Fin();
                case 4 -> new MuxRecord.Ping(choices.nextInt());
                case 5 -> new MuxRecord.Pong(choices.nextInt());
                case 6 -> new MuxRecord.Drain();
                default -> new MuxRecord.Reason(EndReason.of(choices.nextInt(20)), "so it is");
            };
        }

        private void receive(MuxFrame frame) {
            if (!end.wire.isOpen() || !end.wire.config().isAutoRead()) {
                frame.release();
            } else {
                end.receive(frame);
            }
        }

        private void receive(byte[] bytes) {
            if (end.wire.isOpen() && end.wire.config().isAutoRead()) {
                end.receive(buffers.input(bytes));
            }
        }

        private static void release(@Nullable ByteBuf sent) {
            if (sent != null) {
                sent.release();
            }
        }

        private static void check(MuxSession session, Taker taker) {
            for (byte one : taker.bytes.toByteArray()) {
                then(one).as("session %d", session.sessionId()).isEqualTo((byte) session.sessionId());
            }
        }
    }
}
