package dev.reversetunnel.shadowsocks;

import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.chunks;
import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.destination;
import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.joined;
import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.key;
import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.keys;
import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.method;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.body.Sealer;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every recorded stream is made again byte by byte, and read in pieces of any size. */
class ShadowsocksVectorsTest {
    private static final byte[] NOTHING = {};

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    static Stream<Vector> streams() {
        return Stream.concat(ShadowsocksVectors.streams2017(), ShadowsocksVectors.streams2022());
    }

    @ParameterizedTest
    @MethodSource("streams")
    void makes_the_recorded_request(Vector vector) {
        boolean is2022 = method(vector).is2022();
        RequestSealer sealer = new RequestSealer(
                method(vector),
                key(vector),
                vector.hex("request_salt"),
                destination(vector, Network.TCP),
                () -> ShadowsocksRig.NOW,
                ShadowsocksVectors.padding(is2022 ? vector.number("padding_length") : 0),
                null);
        List<byte[]> chunks = chunks(vector, "request_chunks");
        byte[] first = is2022 ? vector.hex("initial_payload") : NOTHING;
        // 2017: the address, which is the first chunk of the vector, is the sealer's own business
        byte[] made = sealed(sealer, first, is2022 ? chunks : chunks.subList(1, chunks.size()));
        if (is2022 && !isZero(paddingOf(vector))) {
            thenSameButForPadding(vector, made);
        } else {
            then(made).isEqualTo(vector.hex("request_stream"));
        }
        sealer.wipe();
    }

    /** What sing-shadowsocks pads with: zeros, or whatever its buffer held before. */
    private static byte[] paddingOf(Vector vector) {
        byte[] header = vector.hex("request_variable_header");
        int from = PortLastAddress.length(destination(vector, Network.TCP)) + Short.BYTES;
        return Arrays.copyOfRange(header, from, from + vector.number("padding_length"));
    }

    private static boolean isZero(byte[] bytes) {
        return Arrays.equals(bytes, new byte[bytes.length]);
    }

    private static void thenSameButForPadding(Vector vector, byte[] made) {
        byte[] recorded = vector.hex("request_stream");
        byte[] header = vector.hex("request_variable_header");
        int from = method(vector).saltBytes() + 16 * (keys(vector).size() - 1) + 11 + 16;
        int to = from + header.length + 16;
        then(Arrays.copyOf(made, from)).isEqualTo(Arrays.copyOf(recorded, from));
        then(Arrays.copyOfRange(made, to, made.length)).isEqualTo(Arrays.copyOfRange(recorded, to, recorded.length));

        StreamCipher cipher = new StreamCipher(method(vector), key(vector).own(), vector.hex("request_salt"), null);
        byte[] plain = new byte[header.length];
        try {
            cipher.open(made, from - 27, 27, plain, 0);
            cipher.open(made, from, to - from, plain, 0);
        } catch (BadTagException e) {
            throw new AssertionError("cannot be opened", e);
        }
        int padding = header.length - vector.number("padding_length") - vector.hex("initial_payload").length;
        Arrays.fill(header, padding, padding + vector.number("padding_length"), (byte) 0);
        then(plain).isEqualTo(header);
    }

    @ParameterizedTest
    @MethodSource("streams")
    void makes_the_recorded_response(Vector vector) {
        ResponseSealer sealer = new ResponseSealer(
                method(vector),
                key(vector).own(),
                vector.hex("response_salt"),
                vector.hex("request_salt"),
                () -> ShadowsocksRig.NOW,
                null);
        List<byte[]> chunks = chunks(vector, "response_chunks");

        then(sealed(sealer, chunks.get(0), chunks.subList(1, chunks.size()))).isEqualTo(vector.hex("response_stream"));
        sealer.wipe();
    }

    private static byte[] sealed(Sealer sealer, byte[] first, List<byte[]> chunks) {
        ByteArrayOutputStream wire = new ByteArrayOutputStream();
        byte[] out = new byte[70_000];
        wire.write(out, 0, sealer.seal(first, 0, first.length, out, 0));
        for (byte[] chunk : chunks) {
            wire.write(out, 0, sealer.seal(chunk, 0, chunk.length, out, 0));
        }
        return wire.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void reads_the_recorded_request_in_pieces_of_any_size(Vector vector) {
        byte[] wire = atLastServer(vector);
        boolean is2022 = method(vector).is2022();
        byte[] expected = is2022
                ? joined(List.of(vector.hex("initial_payload"), joined(chunks(vector, "request_chunks"))))
                : joined(chunks(vector, "request_chunks")
                        .subList(1, chunks(vector, "request_chunks").size()));
        // 2022: the first read holds the fixed header at least, which has its own test
        int first = is2022 ? 16 + 32 + 32 + 27 : 1;
        for (int[] cuts : List.of(
                new int[] {wire.length, wire.length}, new int[] {first, 1}, new int[] {first, 7}, new int[] {first, 999
                })) {
            thenIsRead(vector, wire, cuts[0], cuts[1], expected);
        }
        Random random = new Random(vector.toString().hashCode());
        for (int i = 0; i < 20; i++) {
            thenIsRead(vector, wire, first + random.nextInt(wire.length), 1 + random.nextInt(wire.length), expected);
        }
    }

    /** Servers on the way take their identity headers off. */
    private static byte[] atLastServer(Vector vector) {
        byte[] wire = vector.hex("request_stream");
        int gone = 16 * Math.max(0, keys(vector).size() - 2);
        int salt = method(vector).saltBytes();
        byte[] rest = Arrays.copyOfRange(wire, gone, wire.length);
        System.arraycopy(wire, 0, rest, 0, salt);
        return rest;
    }

    private void thenIsRead(Vector vector, byte[] wire, int first, int step, byte[] expected) {
        ShadowsocksRig rig = ShadowsocksRig.of(buffers.allocator(), method(vector), keys(vector));
        EmbeddedChannel channel = rig.connection();
        int end;
        for (int at = 0; at < wire.length; at = end) {
            end = Math.min(wire.length, at + (at == 0 ? first : step));
            DoorRig.feed(channel, buffers.of(Arrays.copyOfRange(wire, at, end)));
        }
        DoorRig.end(channel);

        then(rig.requests).hasSize(1);
        then(rig.requests.get(0).destination()).isEqualTo(destination(vector, Network.TCP));
        then(rig.requests.get(0).user()).isEqualTo("vector");
        Receiver receiver = rig.receivers.get(0);
        then(receiver.bytes()).isEqualTo(expected);
        then(receiver.cleanEnds()).isEqualTo(1);
        then(receiver.failure()).isNull();
        channel.finishAndReleaseAll();
    }

    @ParameterizedTest
    @MethodSource("streams")
    void reads_the_recorded_response_in_pieces_of_any_size(Vector vector) {
        byte[] wire = vector.hex("response_stream");
        byte[] expected = joined(chunks(vector, "response_chunks"));
        Random random = new Random(vector.toString().hashCode());
        for (int i = 0; i < 12; i++) {
            int step = i == 0 ? wire.length : i == 1 ? 1 : 1 + random.nextInt(wire.length);
            ResponseOpener opener = new ResponseOpener(
                    method(vector),
                    key(vector).own(),
                    vector.hex("request_salt"),
                    () -> ShadowsocksRig.NOW,
                    new SaltMemory(10),
                    null);
            ChunkReader reader = new ChunkReader(opener, false);
            ByteArrayOutputStream opened = new ByteArrayOutputStream();
            for (int at = 0; at < wire.length; at += step) {
                ByteBuf in = buffers.of(Arrays.copyOfRange(wire, at, Math.min(wire.length, at + step)));
                for (ByteBuf out = reader.next(in, buffers.allocator());
                        out != null;
                        out = reader.next(in, buffers.allocator())) {
                    byte[] plain = new byte[out.readableBytes()];
                    out.readBytes(plain);
                    out.release();
                    opened.writeBytes(plain);
                }
                in.release();
            }

            then(opened.toByteArray()).isEqualTo(expected);
            then(reader.isAtBorder()).isTrue();
            reader.close();
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_request_that_is_cut_anywhere_is_no_request_or_ends_at_a_border(Vector vector) {
        byte[] wire = atLastServer(vector);
        int step = wire.length > 1_500 ? 97 : 1;
        for (int length = 1; length < wire.length; length += step) {
            ShadowsocksRig rig = ShadowsocksRig.of(buffers.allocator(), method(vector), keys(vector));
            EmbeddedChannel channel = rig.connection();
            DoorRig.feed(channel, buffers.of(Arrays.copyOf(wire, length)));
            DoorRig.end(channel);
            if (!rig.requests.isEmpty()) {
                Receiver receiver = rig.receivers.get(0);
                then(receiver.cleanEnds() == 1 ^ receiver.failure() != null).isTrue();
            }
            channel.finishAndReleaseAll();
            buffers.thenAllAreReleased();
        }
    }

    @ParameterizedTest
    @MethodSource("streams")
    void a_request_with_any_bit_changed_gives_nothing_that_was_not_sent(Vector vector) {
        byte[] wire = atLastServer(vector);
        byte[] expected = joined(List.of(
                method(vector).is2022() ? vector.hex("initial_payload") : NOTHING,
                joined(chunks(vector, "request_chunks"))));
        int bits = Math.min(wire.length, 128) * 8;
        for (int bit = 0; bit < bits; bit++) {
            byte[] changed = wire.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            ShadowsocksRig rig = ShadowsocksRig.of(buffers.allocator(), method(vector), keys(vector));
            EmbeddedChannel channel = rig.connection();
            DoorRig.feed(channel, buffers.of(changed));
            if (!rig.requests.isEmpty()) {
                then(rig.requests.get(0).destination()).isEqualTo(destination(vector, Network.TCP));
                then(rig.receivers.get(0).bytes().length).isLessThan(expected.length);
                DoorRig.end(channel);
                then(rig.receivers.get(0).cleanEnds()).isZero();
            }
            then(channel.outboundMessages()).isEmpty();
            channel.finishAndReleaseAll();
        }
    }

    // ---- datagrams ----

    static Stream<Vector> packets2017() {
        return ShadowsocksVectors.packets2017();
    }

    @ParameterizedTest
    @MethodSource("packets2017")
    void makes_and_reads_the_recorded_packet_of_2017(Vector vector) {
        ByteBuf payload = buffers.of(vector.hex("payload"));
        ByteBuf packet = Packets2017.seal(
                method(vector),
                key(vector).own(),
                destination(vector, Network.UDP),
                payload,
                ShadowsocksVectors.recorded(vector.hex("salt")),
                null,
                buffers.allocator());
        then(bytes(packet)).isEqualTo(vector.hex("packet"));
        payload.release();

        var datagram = Packets2017.open(
                method(vector),
                key(vector).own(),
                vector.hex("packet"),
                vector.hex("packet").length,
                null,
                buffers.allocator());
        then(datagram).isNotNull();
        then(datagram.peer()).isEqualTo(destination(vector, Network.UDP));
        then(bytes(datagram.content())).isEqualTo(vector.hex("payload"));
    }

    static Stream<Vector> packets2022() {
        return ShadowsocksVectors.packets2022();
    }

    @ParameterizedTest
    @MethodSource("packets2022")
    void makes_the_recorded_packets_of_2022(Vector vector) {
        thenMakes(vector, vector.list("client_packets"), key(vector), null);
        for (Vector packet : vector.list("server_packets")) {
            long answered = ByteBuffer.wrap(packet.hex("client_session_id")).getLong();
            thenMakes(
                    vector,
                    vector.list("server_packets"),
                    new ClientKey(List.of(), key(vector).own()),
                    answered);
        }
    }

    private void thenMakes(Vector vector, List<Vector> packets, ClientKey key, @Nullable Long answered) {
        Randomness nonces = method(vector).isAes()
                ? ShadowsocksVectors.recorded()
                : ShadowsocksVectors.recorded(
                        packets.stream().map(packet -> packet.hex("nonce")).toArray(byte[][]::new));
        PacketSealer2022 sealer =
                new PacketSealer2022(method(vector), key, packets.get(0).hex("session_id"), nonces, null);
        for (Vector each : packets) {
            ByteBuf payload = buffers.of(each.hex("payload"));
            ByteBuf packet = sealer.seal(
                    ShadowsocksRig.NOW,
                    answered,
                    each.number("padding_length"),
                    destination(vector, Network.UDP),
                    payload,
                    buffers.allocator());
            byte[] made = bytes(packet);
            if (isZero(paddingOf(each, answered))) {
                then(made).isEqualTo(each.hex("packet"));
            } else {
                then(plainOf(vector, made)).isEqualTo(withZeros(plainOf(vector, each.hex("packet")), each, answered));
            }
            payload.release();
        }
        sealer.wipe();
    }

    private static byte[] paddingOf(Vector packet, @Nullable Long answered) {
        // the recorded plain text ends with the address and the payload
        byte[] plain = packet.hex("plain");
        int session = plain.length > 16 && packet.has("nonce") ? 16 : 0;
        int from = session + 1 + 8 + (answered == null ? 0 : 8) + 2;
        return Arrays.copyOfRange(plain, from, from + packet.number("padding_length"));
    }

    private static byte[] withZeros(byte[] plain, Vector packet, @Nullable Long answered) {
        int from = PacketSealer2022.HEADER_BYTES + 1 + 8 + (answered == null ? 0 : 8) + 2;
        Arrays.fill(plain, from, from + packet.number("padding_length"), (byte) 0);
        return plain;
    }

    /** Session, number and body of a packet of a client without identity headers. */
    private static byte[] plainOf(Vector vector, byte[] packet) {
        ShadowsocksUser user =
                new ShadowsocksUser("vector", method(vector), key(vector).own());
        PacketOpener2022 opener = new PacketOpener2022(new Users2022(null, List.of(user)), (id, who) -> null, null);
        byte[] plain = new byte[packet.length];
        PacketOpener2022.Opened opened = opener.open(packet, packet.length, plain);
        then(opened).isNotNull();
        return Arrays.copyOf(plain, PacketSealer2022.HEADER_BYTES + opened.bodyBytes());
    }

    private static byte[] bytes(@Nullable ByteBuf buffer) {
        then(buffer).isNotNull();
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        buffer.release();
        return bytes;
    }
}
