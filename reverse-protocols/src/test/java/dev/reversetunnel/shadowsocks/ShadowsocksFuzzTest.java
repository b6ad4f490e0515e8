package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.ReplayWindow;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Mutations of the golden vectors, the same ones at each run, through the decoders: nothing but a
 * {@link CarrierException} may come out, and no buffer may be left. {@code -Dfuzz.inputs=20000000} makes a long run of
 * it.
 *
 * <p>What is changed behind a seal is refused by the seal, and nothing is learned of the reader behind it. So plain
 * text is changed and then sealed, mostly.
 */
class ShadowsocksFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1_000_000);

    /** Opening costs so much more than the rest that only some are. */
    private static final int ONE_IN = 20;

    private static final int ALLOWED_BESIDES_INPUT = 128 * 1024;

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final Random random = new Random(20260101);
    private int good;
    private int bad;

    private void thenBothHappened(String what) {
        buffers.thenAllAreReleased();
        then(good).as("%s without a fault of %d inputs", what, INPUTS).isGreaterThan(INPUTS / 100);
        then(bad).as("%s with a fault of %d inputs", what, INPUTS).isGreaterThan(INPUTS / 100);
    }

    // ---- openings ----

    @Test
    void an_opening_gives_a_request_or_a_declared_exception() {
        List<Vector> all = Stream.concat(ShadowsocksVectors.streams2017(), ShadowsocksVectors.streams2022())
                .filter(vector -> ShadowsocksVectors.keys(vector).size() < 3)
                .filter(vector -> vector.hex("request_stream").length < 4_000)
                .toList();
        List<Destination> addresses = all.stream()
                .map(vector -> ShadowsocksVectors.destination(vector, Network.TCP))
                .toList();
        List<byte[]> plain = new ArrayList<>();
        for (Destination address : addresses) {
            ByteBuf wire = Unpooled.buffer();
            PortLastAddress.write(wire, address);
            plain.add(RequestDecoder.rest(wire));
        }
        for (int i = 0; i < INPUTS; i++) {
            int which = random.nextInt(all.size());
            try {
                boolean complete = i % ONE_IN == 0
                        ? open(all.get(which))
                        : RequestDecoder.address(Unpooled.wrappedBuffer(mutated(plain.get(which), 0))) != null;
                good += complete ? 1 : 0;
            } catch (CarrierException e) {
                bad++;
            }
        }
        thenBothHappened("openings");
    }

    private boolean open(Vector vector) {
        byte[] wire = random.nextInt(3) == 0 ? mutated(vector.hex("request_stream"), 0) : resealed(vector);
        RequestDecoder decoder = decoder(vector);
        int cut = random.nextInt(wire.length + 1);
        if (decoder.read(Unpooled.wrappedBuffer(wire, 0, cut)) != null) {
            return true;
        }
        return decoder.read(Unpooled.wrappedBuffer(wire, cut, wire.length - cut)) != null;
    }

    private static RequestDecoder decoder(Vector vector) {
        ShadowsocksMethod method = ShadowsocksVectors.method(vector);
        ClientKey key = ShadowsocksVectors.key(vector);
        List<ShadowsocksUser> users = List.of(new ShadowsocksUser("vector", method, key.own()));
        return method.is2022()
                ? new RequestDecoder2022(
                        new Users2022(
                                key.identities().isEmpty()
                                        ? null
                                        : key.identities().get(0),
                                users),
                        false,
                        new ReplayWindow(method.saltBytes(), 10, Clocks.WINDOW, Clocks.WINDOW),
                        () -> ShadowsocksRig.NOW,
                        null)
                : new RequestDecoder2017(users, name -> false, new SaltMemory(10), null);
    }

    /** The opening of a vector with changed plain text, sealed as a client would. */
    private byte[] resealed(Vector vector) {
        ShadowsocksMethod method = ShadowsocksVectors.method(vector);
        byte[] stream = vector.hex("request_stream");
        StreamCipher cipher =
                new StreamCipher(method, ShadowsocksVectors.key(vector).own(), vector.hex("request_salt"), null);
        int head = method.saltBytes() + 16 * (ShadowsocksVectors.keys(vector).size() - 1);
        byte[] out = Arrays.copyOf(stream, 70_000);
        int at = head;
        byte[] body;
        if (method.is2022()) {
            byte[] fixed = vector.hex("request_fixed_header");
            body = mutated(vector.hex("request_variable_header"), 0);
            fixed[fixed.length - 2] = (byte) (body.length >>> 8);
            fixed[fixed.length - 1] = (byte) body.length;
            fixed = random.nextInt(4) == 0 ? sameSize(mutated(fixed, 0), fixed.length) : fixed;
            at += cipher.seal(fixed, 0, fixed.length, out, at);
        } else {
            body = mutated(ShadowsocksVectors.chunks(vector, "request_chunks").get(0), 0);
            at += cipher.sealLength(random.nextInt(4) == 0 ? random.nextInt(65_536) : body.length, out, at);
        }
        at += cipher.seal(body, 0, body.length, out, at);
        cipher.wipe();
        return Arrays.copyOf(out, at);
    }

    private static byte[] sameSize(byte[] bytes, int size) {
        return Arrays.copyOf(bytes, size);
    }

    // ---- chunks ----

    @Test
    void chunks_give_bytes_or_a_declared_exception() {
        int inputs = INPUTS / ONE_IN * 2;
        for (int i = 0; i < inputs; i++) {
            ShadowsocksMethod method = random.nextInt(20) == 0
                    ? ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022
                    : random.nextBoolean() ? ShadowsocksMethod.AES_128_GCM : ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
            byte[] wire = chunks(method);
            int cut = random.nextInt(wire.length + 1);
            ChunkReader reader = new ChunkReader(new StreamOpener(method, cipher(method)), random.nextBoolean());
            try {
                read(reader, Arrays.copyOf(wire, cut), wire.length);
                read(reader, Arrays.copyOfRange(wire, cut, wire.length), wire.length);
                good++;
            } catch (CarrierException e) {
                bad++;
            } finally {
                reader.close();
            }
        }
        thenBothHappened("streams");
    }

    private static StreamCipher cipher(ShadowsocksMethod method) {
        byte[] zeros = new byte[method.keyBytes()];
        String password = method.is2022() ? Base64.getEncoder().encodeToString(zeros) : "password";
        return new StreamCipher(method, UserKey.of(method, "password", password), zeros, null);
    }

    /** A few chunks whose sizes are not always what they say. */
    private byte[] chunks(ShadowsocksMethod method) {
        StreamCipher cipher = cipher(method);
        byte[] plain = new byte[40];
        byte[] out = new byte[400];
        int at = 0;
        for (int i = 0; i < 1 + random.nextInt(3); i++) {
            int size = 1 + random.nextInt(40);
            at += cipher.sealLength(random.nextInt(6) == 0 ? random.nextInt(65_536) : size, out, at);
            at += cipher.seal(plain, 0, size, out, at);
        }
        cipher.wipe();
        byte[] wire = Arrays.copyOf(out, at);
        return random.nextInt(4) == 0 ? mutated(wire, 0) : wire;
    }

    private void read(ChunkReader reader, byte[] piece, int whole) {
        ByteBuf in = buffers.of(piece);
        try {
            for (ByteBuf out = reader.next(in, buffers.allocator());
                    out != null;
                    out = reader.next(in, buffers.allocator())) {
                out.release();
            }
            then(buffers.allocator().metric().usedHeapMemory() <= 2L * whole + ALLOWED_BESIDES_INPUT)
                    .isTrue();
        } finally {
            in.release();
        }
    }

    // ---- packets ----

    @Test
    void a_packet_of_2022_gives_a_datagram_or_nothing() {
        List<byte[]> bodies = new ArrayList<>();
        List<@Nullable Long> answers = new ArrayList<>();
        for (Vector vector : ShadowsocksVectors.packets2022().toList()) {
            int header = ShadowsocksVectors.method(vector).isAes() ? 0 : 16;
            for (Vector packet : vector.list("client_packets")) {
                byte[] plain = packet.hex("plain");
                bodies.add(Arrays.copyOfRange(plain, header, plain.length));
                answers.add(null);
            }
            for (Vector packet : vector.list("server_packets")) {
                byte[] plain = packet.hex("plain");
                bodies.add(Arrays.copyOfRange(plain, header, plain.length));
                answers.add(ByteBuffer.wrap(packet.hex("client_session_id")).getLong());
            }
        }
        for (int i = 0; i < INPUTS; i++) {
            int which = random.nextInt(bodies.size());
            count(PacketBody2022.read(
                    Unpooled.wrappedBuffer(mutated(bodies.get(which), 0)),
                    answers.get(which),
                    ShadowsocksRig.NOW,
                    buffers.allocator()));
        }
        thenBothHappened("packets");
    }

    @Test
    void a_packet_that_is_sealed_wrongly_gives_nothing() {
        List<Vector> old = ShadowsocksVectors.packets2017().toList();
        List<Vector> all = ShadowsocksVectors.packets2022().toList();
        byte[] plain = new byte[70_000];
        for (int i = 0; i < INPUTS / ONE_IN; i++) {
            if (random.nextBoolean()) {
                Vector vector = old.get(random.nextInt(old.size()));
                byte[] packet = mutated(vector.hex("packet"), 0);
                count(Packets2017.open(
                        ShadowsocksVectors.method(vector),
                        ShadowsocksVectors.key(vector).own(),
                        packet,
                        packet.length,
                        null,
                        buffers.allocator()));
            } else {
                Vector vector = all.get(random.nextInt(all.size()));
                byte[] packet = mutated(vector.list("client_packets").get(0).hex("packet"), 0);
                ClientKey key = ShadowsocksVectors.key(vector);
                PacketOpener2022 opener = new PacketOpener2022(
                        new Users2022(
                                key.identities().isEmpty()
                                        ? null
                                        : key.identities().get(0),
                                List.of(new ShadowsocksUser("vector", ShadowsocksVectors.method(vector), key.own()))),
                        (session, user) -> null,
                        null);
                if (opener.open(packet, packet.length, plain) == null) {
                    bad++;
                } else {
                    good++;
                }
            }
        }
        thenBothHappened("packets");
    }

    private void count(@Nullable Datagram datagram) {
        if (datagram == null) {
            bad++;
        } else {
            good++;
            datagram.release();
        }
    }

    private byte[] mutated(byte[] original, int from) {
        byte[] bytes = original.clone();
        int mutations = random.nextInt(4);
        for (int i = 0; i < mutations && bytes.length > from; i++) {
            int at = from + random.nextInt(bytes.length - from);
            switch (random.nextInt(6)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt(256);
                case 2 -> bytes[at] = random.nextBoolean() ? 0 : (byte) 0xff;
                case 3 -> bytes = Arrays.copyOf(bytes, at);
                case 4 -> bytes = Arrays.copyOf(bytes, bytes.length + random.nextInt(40));
                default -> bytes[at] = (byte) (bytes[at] + random.nextInt(5) - 2);
            }
        }
        return bytes;
    }
}
