package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Destination;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must be refused is refused, and what must be borne is borne. */
class VmessNegativeVectorsTest {
    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private static Stream<Vector> serverInputs() {
        return Vectors.of("vmess-negative", "vmess_server_input");
    }

    @ParameterizedTest
    @MethodSource("serverInputs")
    void a_server_judges_an_opening_and_its_body(Vector vector) {
        ServerRig server = server(vector);

        then(verdict(server, vector.hex("stream"), 1 << 20)).isEqualTo(vector.text("expect"));
    }

    @ParameterizedTest
    @MethodSource("serverInputs")
    void a_server_judges_the_same_byte_by_byte(Vector vector) {
        ServerRig server = server(vector);

        then(verdict(server, vector.hex("stream"), 1)).isEqualTo(vector.text("expect"));
    }

    private static Stream<Vector> serverSequences() {
        return Vectors.of("vmess-negative", "vmess_server_sequence");
    }

    @ParameterizedTest
    @MethodSource("serverSequences")
    void a_server_remembers(Vector vector) {
        ServerRig server = server(vector);
        List<String> verdicts = vector.texts("streams").stream()
                .map(stream -> verdict(server, HexFormat.of().parseHex(stream), 1 << 20))
                .toList();

        then(verdicts).isEqualTo(vector.texts("expect"));
    }

    private ServerRig server(Vector vector) {
        VmessUser user = new VmessUser("vector", UserKey.of(UUID.fromString(vector.text("uuid"))));
        return new ServerRig(buffers.allocator(), vector.time("server_time"), false, List.of(user));
    }

    private String verdict(ServerRig server, byte[] stream, int step) {
        int before = server.receivers.size();
        EmbeddedChannel channel = server.connection();
        for (int at = 0; at < stream.length && channel.isOpen(); at += step) {
            byte[] piece = Arrays.copyOfRange(stream, at, Math.min(stream.length, at + step));
            ServerRig.feed(channel, buffers.of(piece));
        }
        ServerRig.end(channel);
        boolean handedOver = server.receivers.size() > before;
        boolean accepted = false;
        if (handedOver) {
            Receiver receiver = server.receivers.get(before);
            accepted = receiver.cleanEnds() == 1 && receiver.failure() == null;
            if (accepted) {
                then(receiver.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo("hello");
            }
        } else {
            then(channel.<Object>readOutbound()).as("a byte for a stranger").isNull();
        }
        channel.finishAndReleaseAll();
        return accepted ? "accept" : "reject";
    }

    private static Stream<Vector> clientInputs() {
        return Vectors.of("vmess-negative", "vmess_client_input");
    }

    @ParameterizedTest
    @MethodSource("clientInputs")
    void a_client_judges_an_answer(Vector vector) {
        VmessRequest request = new VmessRequest(
                VmessRequest.Command.TCP,
                Destination.tcp("example.com", 80),
                VmessSecurity.of(vector.number("security")),
                vector.number("option"),
                vector.hex("body_key"),
                vector.hex("body_iv"),
                (byte) vector.number("response_v"));
        VmessChunkDecoder chunks = VmessChunkDecoder.of(ChunkFormat.ofResponse(request, null), request, failure -> {});
        Receiver receiver = new Receiver();
        EmbeddedChannel channel = new EmbeddedChannel(new VmessResponseDecoder(request, chunks), chunks, receiver);
        ServerRig.feed(channel, buffers.of(vector.hex("stream")));
        ServerRig.end(channel);

        boolean accepted = receiver.cleanEnds() == 1 && receiver.failure() == null;
        then(accepted ? "accept" : "reject").isEqualTo(vector.text("expect"));
        if (accepted) {
            then(receiver.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo("world");
        } else {
            then(channel.isOpen()).isFalse();
        }
        channel.finishAndReleaseAll();
    }
}
