package dev.reversetunnel.shadowsocks;

import static dev.reversetunnel.shadowsocks.ShadowsocksVectors.method;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams and packets that are wrong in one way each, with the verdict that is to be ours. */
class ShadowsocksNegativeVectorsTest {
    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    static Stream<Vector> servers() {
        return Stream.concat(
                Vectors.of("shadowsocks-aead-negative", "ss_server_input"),
                Vectors.of("shadowsocks-2022-negative", "ss2022_server_input"));
    }

    @ParameterizedTest
    @MethodSource("servers")
    void a_server_judges_as_recorded(Vector vector) {
        boolean is2022 = method(vector).is2022();
        ShadowsocksRig rig = ShadowsocksRig.of(
                buffers.allocator(),
                method(vector),
                is2022 ? vector.texts("server_psks") : List.of(vector.text("password")));
        List<byte[]> segments = is2022
                ? vector.texts("segments").stream()
                        .map(HexFormat.of()::parseHex)
                        .toList()
                : List.of(vector.hex("stream"));
        if (vector.has("replayed")) {
            then(isAccepted(rig, segments)).isTrue();
        }

        then(isAccepted(rig, segments)).isEqualTo(vector.text("expect").equals("accept"));
    }

    /** Whether the opening is good, and the body to its end. */
    private boolean isAccepted(ShadowsocksRig rig, List<byte[]> segments) {
        int before = rig.requests.size();
        EmbeddedChannel channel = rig.connection();
        for (byte[] segment : segments) {
            DoorRig.feed(channel, buffers.of(segment));
        }
        DoorRig.end(channel);
        then(channel.outboundMessages()).isEmpty();
        channel.finishAndReleaseAll();
        if (rig.requests.size() == before) {
            return false;
        }
        Receiver receiver = rig.receivers.get(before);
        return receiver.failure() == null && receiver.cleanEnds() == 1;
    }

    static Stream<Vector> clients() {
        return Vectors.of("shadowsocks-2022-negative", "ss2022_client_input");
    }

    @ParameterizedTest
    @MethodSource("clients")
    void a_client_judges_as_recorded(Vector vector) {
        ResponseOpener opener = new ResponseOpener(
                method(vector),
                ShadowsocksVectors.key(vector).own(),
                vector.hex("request_salt"),
                () -> vector.time("client_time"),
                new SaltMemory(10),
                null);
        Receiver receiver = new Receiver();
        EmbeddedChannel channel =
                new EmbeddedChannel(new BodyDecoder(new ChunkReader(opener, false), null, failure -> {}), receiver);
        DoorRig.feed(channel, buffers.of(vector.hex("stream")));

        boolean accept = vector.text("expect").equals("accept");
        then(receiver.failure() == null).isEqualTo(accept);
        then(receiver.bytes().length > 0).isEqualTo(accept);
        then(channel.isOpen()).isEqualTo(accept);
        channel.finishAndReleaseAll();
    }

    static Stream<Vector> packets() {
        return Stream.concat(
                Vectors.of("shadowsocks-aead-negative", "ss_udp_input"),
                Vectors.of("shadowsocks-2022-negative", "ss2022_udp_input"));
    }

    @ParameterizedTest
    @MethodSource("packets")
    void a_server_takes_and_drops_packets_as_recorded(Vector vector) {
        boolean is2022 = method(vector).is2022();
        ShadowsocksRig rig = ShadowsocksRig.of(
                buffers.allocator(),
                method(vector),
                is2022 ? vector.texts("server_psks") : List.of(vector.text("password")));
        EmbeddedChannel socket = new EmbeddedChannel(rig.datagrams());
        List<Vector> packets = is2022 ? vector.list("packets") : List.of(vector);
        int taken = 0;
        for (Vector each : packets) {
            ByteBuf packet = buffers.of(each.hex("packet"));
            DoorRig.feed(
                    socket, new DatagramPacket(packet, DoorRig.peer("127.0.0.1", 2), DoorRig.peer("127.0.0.1", 1)));
            taken += each.text("expect").equals("accept") ? 1 : 0;

            int sum = rig.receivers.stream()
                    .mapToInt(receiver -> receiver.sizes().size())
                    .sum();
            then(sum).as("%s", each.text("expect")).isEqualTo(taken);
        }
        then(rig.requests).hasSizeLessThanOrEqualTo(1);
        then(socket.outboundMessages()).isEmpty();
        socket.finishAndReleaseAll();
    }
}
