package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.mux.MuxException.Scope;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames that were made by Xray's encoder, and what the decoders of Xray made of them and of broken ones. */
@ExtendWith(BufferLeakExtension.class)
class MuxVectorsTest {
    private static final List<JsonObject> FRAMES = vectors("mux-frames.json");
    private static final List<JsonObject> MALFORMED = vectors("mux-malformed.json");
    private static final List<JsonObject> SEQUENCES = vectors("mux-sequences.json");

    static Stream<Arguments> frames() {
        return named(FRAMES);
    }

    static Stream<Arguments> frames_and_malformed_in_both_dialects() {
        return Stream.concat(FRAMES.stream(), MALFORMED.stream())
                .flatMap(vector ->
                        Stream.of(MuxDialect.values()).map(dialect -> Arguments.of(name(vector), dialect, vector)));
    }

    static Stream<Arguments> sequences() {
        return named(SEQUENCES);
    }

    @Test
    void all_vectors_are_there() {
        then(FRAMES).hasSize(46);
        then(MALFORMED).hasSize(43);
        then(SEQUENCES).hasSize(9);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("frames")
    void encodes_the_same_bytes(String name, JsonObject vector) {
        MuxFrame frame = Frames.of(vector.getAsJsonObject("meta"), vector, Frames.data(vector));
        then(Frames.encode(frame)).isEqualTo(hex(vector));
    }

    /** Byte by byte, so that what the peer's decoder had consumed is where ours spoke. */
    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("frames_and_malformed_in_both_dialects")
    void decodes_as_xray_does(String name, MuxDialect dialect, JsonObject vector) {
        JsonObject xray = vector.getAsJsonObject("decoded_by")
                .getAsJsonObject(dialect == MuxDialect.COOL ? "xray" : "xray_reverse_mode");
        byte[] bytes = Hex.bytes(hex(vector));
        // WHEN
        var outcome = new Outcome();
        var channel = Outcome.channel(dialect, outcome);
        int fedUntilOutcome = 0;
        for (int i = 0; i < bytes.length && outcome.all.isEmpty(); i++) {
            channel.writeInbound(Unpooled.wrappedBuffer(bytes, i, 1));
            fedUntilOutcome++;
        }
        channel.finish();
        outcome.all.remove("inactive");
        // THEN
        int consumed = xray.get("consumed").getAsInt();
        if (xray.get("result").getAsString().equals("error")) {
            String reason = xray.get("reason").getAsString();
            List<Reason> expected = reason.equals("clean-end") ? List.of() : List.of(reason(reason));
            then(outcome.reasons()).isEqualTo(expected);
            then(outcome.frames()).isEmpty();
            // Xray reads the metadata that is too short before it refuses it; its length says enough for us
            then(fedUntilOutcome).isEqualTo(hex(vector).startsWith("0003") ? 2 : consumed);
            expected.forEach(broken -> then(broken.scope()).isEqualTo(Scope.TUNNEL));
        } else if (name.startsWith("status-")) {
            // the codec of Xray lets it pass and its worker closes the tunnel: ours does both
            then(outcome.reasons()).containsExactly(Reason.UNKNOWN_STATUS);
            then(fedUntilOutcome).isEqualTo(consumed);
        } else {
            boolean hasData = (xray.get("option").getAsInt() & MuxFrame.DATA) != 0;
            String data = hasData ? hex(vector).substring(2 * consumed + 4) : "";
            MuxFrame expected = Frames.of(xray, xray, Hex.buffer(data));
            then(outcome.all).containsExactly(withZeroGlobalId(expected, vector, dialect));
            then(fedUntilOutcome).isEqualTo(consumed + (hasData ? 2 + data.length() / 2 : 0));
        }
        outcome.releaseFrames();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("sequences")
    void decodes_what_a_session_writer_sends_and_encodes_it_again(String name, JsonObject vector) {
        StringBuilder wire = new StringBuilder();
        for (JsonElement frame : vector.getAsJsonArray("frames")) {
            wire.append(frame.getAsString());
        }
        List<MuxFrame> frames = Frames.decode(MuxDialect.COOL, Hex.bytes(wire.toString()));
        then(frames).hasSize(vector.getAsJsonArray("frames").size());
        for (int i = 0; i < frames.size(); i++) {
            then(Frames.encode(frames.get(i)))
                    .isEqualTo(vector.getAsJsonArray("frames").get(i).getAsString());
        }
    }

    @Test
    void the_writer_of_xray_cuts_20000_bytes_at_8192() {
        JsonObject vector = SEQUENCES.get(0);
        StringBuilder wire = new StringBuilder();
        vector.getAsJsonArray("frames").forEach(frame -> wire.append(frame.getAsString()));
        then(Frames.decode(MuxDialect.COOL, Hex.bytes(wire.toString())))
                .extracting(Object::toString)
                .containsExactly(
                        "New[1 tcp:127.0.0.1:80, 8192 bytes]", "Keep[1, 8192 bytes]", "Keep[1, 3616 bytes]", "End[1]");
    }

    @Test
    void metadata_of_a_vector_is_read_to_its_end_and_no_further() {
        for (JsonObject vector : FRAMES) {
            var in = ByteBufAllocator.DEFAULT.buffer().writeBytes(Hex.bytes(hex(vector)));
            MuxDialect dialect = name(vector).startsWith("rvs-") ? MuxDialect.VLESS_REVERSE : MuxDialect.COOL;
            MuxMetadata.read(in, in.readUnsignedShort(), dialect);
            then(in.readerIndex())
                    .as(name(vector))
                    .isEqualTo(vector.getAsJsonObject("decoded_by")
                            .getAsJsonObject("xray")
                            .get("consumed")
                            .getAsInt());
            in.release();
        }
    }

    /** Xray's decoder does not tell of eight zero bytes; ours says that they were there. */
    private static MuxFrame withZeroGlobalId(MuxFrame frame, JsonObject vector, MuxDialect dialect) {
        if (frame instanceof MuxFrame.New opening
                && dialect == MuxDialect.COOL
                && name(vector).equals("new-udp-user-globalid-zero")) {
            return new MuxFrame.New(
                    opening.sessionId(),
                    opening.options(),
                    opening.destination(),
                    null,
                    new MuxFrame.GlobalId(0),
                    opening.payload());
        }
        return frame;
    }

    private static Reason reason(String name) {
        return Reason.valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    private static Stream<Arguments> named(List<JsonObject> vectors) {
        return vectors.stream().map(vector -> Arguments.of(name(vector), vector));
    }

    private static String name(JsonObject vector) {
        return vector.get("name").getAsString();
    }

    private static String hex(JsonObject vector) {
        return vector.get("hex").getAsString();
    }

    private static List<JsonObject> vectors(String file) {
        return Vectors.objects(Vectors.load(MuxVectorsTest.class, file).getAsJsonArray("vectors"));
    }
}
