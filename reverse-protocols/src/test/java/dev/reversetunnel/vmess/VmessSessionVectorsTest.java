package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.body.BodyReader;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.Vectors.Vector;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.UUID;
import java.util.function.IntUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Whole connections, byte for byte as Xray makes them, in both directions. */
class VmessSessionVectorsTest {
    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private static Stream<Vector> sessions() {
        return SessionVectors.all();
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void encodes_the_header_of_a_request(Vector vector) {
        UserKey user = UserKey.of(UUID.fromString(vector.text("uuid")));
        byte[] authId = AuthId.seal(user, vector.time("time"), vector.hex("authid_random"));
        byte[] block = RequestHeader.instructions(SessionVectors.request(vector), vector.hex("header_padding"));

        then(authId).isEqualTo(vector.hex("authid"));
        then(block).isEqualTo(vector.hex("instruction"));
        then(RequestHeader.seal(user, block, authId, vector.hex("connection_nonce")))
                .isEqualTo(vector.hex("request_header"));
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void encodes_the_header_of_a_response(Vector vector) {
        VmessRequest request = SessionVectors.request(vector);

        then(request.responseKey()).isEqualTo(vector.hex("response_body_key"));
        then(request.responseIv()).isEqualTo(vector.hex("response_body_iv"));
        then(ResponseHeader.seal(request)).isEqualTo(vector.hex("response_header"));
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void encodes_the_chunks_of_both_directions(Vector vector) {
        VmessRequest request = SessionVectors.request(vector);

        then(sealed(request, ChunkFormat.ofRequest(request, null), vector.list("request_chunks")))
                .isEqualTo(vector.hex("request_body"));
        then(sealed(request, ChunkFormat.ofResponse(request, null), vector.list("response_chunks")))
                .isEqualTo(vector.hex("response_body"));
    }

    private static byte[] sealed(VmessRequest request, ChunkFormat format, List<Vector> chunks) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        ChunkSealer sealer = new ChunkSealer(format, SessionVectors.paddings(chunks), true);
        for (Vector chunk : chunks) {
            byte[] plain = chunk.hex("plain");
            if (request.isRaw()) {
                body.writeBytes(plain);
            } else {
                byte[] out = new byte[plain.length + ChunkFormat.MAX_OVERHEAD];
                body.write(out, 0, sealer.seal(plain, 0, plain.length, out, 0));
            }
        }
        return body.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void decodes_the_header_of_a_request_at_any_segmentation(Vector vector) {
        for (List<byte[]> pieces : segmentations(vector.hex("request_header"))) {
            RequestHeaderDecoder decoder = decoder(vector);
            RequestHeaderDecoder.Opening opening = null;
            for (byte[] piece : pieces) {
                then(opening).isNull();
                ByteBuf in = Unpooled.wrappedBuffer(piece);
                opening = decoder.read(in);
                then(in.isReadable()).isFalse();
            }
            VmessRequest request = Objects.requireNonNull(opening).request();
            then(opening.user().name()).isEqualTo("vector");
            then(request.destination()).isEqualTo(SessionVectors.destination(vector));
            then(request.command().code()).isEqualTo(vector.number("command"));
            then(request.options()).isEqualTo(vector.number("option"));
            then(request.security().code()).isEqualTo(vector.number("security"));
            then(request.key()).isEqualTo(vector.hex("body_key"));
            then(request.iv()).isEqualTo(vector.hex("body_iv"));
            then(request.responseCode()).isEqualTo((byte) vector.number("response_v"));
        }
    }

    private static RequestHeaderDecoder decoder(Vector vector) {
        VmessUser user = new VmessUser("vector", UserKey.of(UUID.fromString(vector.text("uuid"))));
        VmessUser other = new VmessUser("other", UserKey.of("somebody else"));
        return new RequestHeaderDecoder(
                new UserSearch(List.of(other, user)), new Openings(10, () -> 0), () -> vector.time("time"));
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void decodes_the_header_of_a_response(Vector vector) {
        VmessRequest request = SessionVectors.request(vector);
        byte[] header = vector.hex("response_header");
        byte[] length = Arrays.copyOf(header, ResponseHeader.SEALED_LENGTH_BYTES);

        then(ResponseHeader.openLength(request, length)).isEqualTo(header.length - length.length);
        ResponseHeader.check(request, header);
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void decodes_the_chunks_of_both_directions_at_any_segmentation(Vector vector) {
        VmessRequest request = SessionVectors.request(vector);
        for (List<byte[]> pieces : segmentations(vector.hex("request_body"))) {
            thenOpens(request, ChunkFormat.ofRequest(request, null), pieces, vector.list("request_chunks"));
        }
        for (List<byte[]> pieces : segmentations(vector.hex("response_body"))) {
            thenOpens(request, ChunkFormat.ofResponse(request, null), pieces, vector.list("response_chunks"));
        }
    }

    private void thenOpens(VmessRequest request, ChunkFormat format, List<byte[]> pieces, List<Vector> chunks) {
        boolean datagrams = request.command() == VmessRequest.Command.UDP;
        BodyReader body = request.isRaw() ? new BodyReader.Raw() : new ChunkReader(new ChunkOpener(format), datagrams);
        List<byte[]> messages = new ArrayList<>();
        for (byte[] piece : pieces) {
            ByteBuf in = buffers.of(piece);
            for (ByteBuf out = body.next(in, buffers.allocator());
                    out != null;
                    out = body.next(in, buffers.allocator())) {
                byte[] plain = new byte[out.readableBytes()];
                out.readBytes(plain);
                messages.add(plain);
                out.release();
            }
            then(in.isReadable()).isFalse();
            in.release();
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        messages.forEach(all::writeBytes);
        then(all.toByteArray()).isEqualTo(SessionVectors.plain(chunks));
        then(body.hasEnded()).isEqualTo(SessionVectors.hasEndChunk(chunks));
        then(body.isAtBorder()).isTrue();
        if (datagrams) {
            List<byte[]> sent = chunks.stream()
                    .map(chunk -> chunk.hex("plain"))
                    .filter(plain -> plain.length > 0)
                    .toList();
            then(messages).usingRecursiveComparison().isEqualTo(sent);
        }
        body.close();
    }

    /** Whole, byte by byte, and cut at random places, the same ones at each run. */
    static List<List<byte[]>> segmentations(byte[] stream) {
        List<List<byte[]>> all = new ArrayList<>();
        all.add(List.of(stream));
        all.add(pieces(stream, bound -> 1));
        Random random = new Random(stream.length);
        for (int i = 0; i < 5; i++) {
            all.add(pieces(stream, bound -> 1 + random.nextInt(bound)));
        }
        return all;
    }

    private static List<byte[]> pieces(byte[] stream, IntUnaryOperator size) {
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < stream.length; ) {
            int end = Math.min(stream.length, at + size.applyAsInt(Math.min(3_000, stream.length - at)));
            pieces.add(Arrays.copyOfRange(stream, at, end));
            at = end;
        }
        return pieces;
    }

    @ParameterizedTest
    @MethodSource("sessions")
    void knows_an_auth_id_only_with_the_key_of_its_user(Vector vector) {
        byte[] plain = new byte[AuthId.BYTES];
        AesBlock.decrypting(UserKey.of("somebody else").authId()).apply(vector.hex("authid"), 0, plain, 0);

        then(AuthId.isGenuine(plain)).isFalse();
    }
}
