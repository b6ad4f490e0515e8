package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonObject;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole tunnels of real peers, both directions, in the pieces that the network may make of them. */
@ExtendWith(BufferLeakExtension.class)
class MuxRecordedSessionsTest {
    private static final int RANDOM_CUTS = 8;

    @ParameterizedTest
    @CsvSource({
        "legacy-v2ray-4.34.json, COOL, bridge_to_portal",
        "legacy-v2ray-4.34.json, COOL, portal_to_bridge",
        "rvs-xray-26.3.27.json, VLESS_REVERSE, bridge_to_portal",
        "rvs-xray-26.3.27.json, VLESS_REVERSE, portal_to_bridge",
        "rvs-xray-26.7.28.json, VLESS_REVERSE, bridge_to_portal",
        "rvs-xray-26.7.28.json, VLESS_REVERSE, portal_to_bridge",
    })
    void the_same_frames_come_out_however_the_stream_is_cut(String file, MuxDialect dialect, String direction)
            throws Exception {
        JsonObject session = Vectors.load(getClass(), "sessions/" + file);
        byte[] stream = Hex.bytes(session.getAsJsonObject("streams")
                .getAsJsonObject("0")
                .get(direction)
                .getAsString());
        List<JsonObject> elements = elements(session, direction);
        int start = elements.get(0).get("offset").getAsInt();
        then(elements.size()).isGreaterThan(30);

        thenFramesAre(elements, decode(dialect, stream, start, left -> left));
        thenFramesAre(elements, decode(dialect, stream, start, left -> 1));
        for (int seed = 0; seed < RANDOM_CUTS; seed++) {
            var random = new Random(seed);
            int largest = 16 << random.nextInt(11);
            thenFramesAre(
                    elements, decode(dialect, stream, start, left -> Math.min(left, 1 + random.nextInt(largest))));
        }
    }

    private static List<JsonObject> elements(JsonObject session, String direction) {
        List<JsonObject> elements = new ArrayList<>();
        for (JsonObject line : Vectors.objects(session.getAsJsonArray("timeline"))) {
            if (line.has("session_id") && line.get("dir").getAsString().equals(direction)) {
                elements.add(line);
            }
        }
        return elements;
    }

    private static List<MuxFrame> decode(MuxDialect dialect, byte[] stream, int start, IntUnaryOperator cut) {
        var outcome = new Outcome();
        var channel = Outcome.channel(dialect, outcome);
        for (int at = start; at < stream.length; ) {
            int length = cut.applyAsInt(stream.length - at);
            channel.writeInbound(piece(stream, at, length));
            at += length;
        }
        channel.finish();
        then(outcome.all.remove("inactive")).isTrue();
        List<MuxFrame> frames = outcome.frames();
        then(outcome.all).hasSameSizeAs(frames);
        return frames;
    }

    /** Single bytes unpooled: the watch over 100,000 buffers takes longer than all the rest. */
    private static ByteBuf piece(byte[] stream, int at, int length) {
        return length == 1
                ? Unpooled.wrappedBuffer(stream, at, 1)
                : ByteBufAllocator.DEFAULT.buffer(length).writeBytes(stream, at, length);
    }

    private static void thenFramesAre(List<JsonObject> elements, List<MuxFrame> frames) throws Exception {
        then(frames).hasSameSizeAs(elements);
        for (int i = 0; i < frames.size(); i++) {
            JsonObject element = elements.get(i);
            MuxFrame frame = frames.get(i);
            int length = element.has("data_length") ? element.get("data_length").getAsInt() : 0;
            then(frame.payload().readableBytes()).isEqualTo(length);
            then(frame).isEqualTo(Frames.of(element, element, frame.payload()));
            byte[] data = new byte[length];
            frame.payload().getBytes(frame.payload().readerIndex(), data);
            if (element.has("data")) {
                then(Hex.of(frame.payload())).isEqualTo(element.get("data").getAsString());
            } else if (element.has("data_sha256")) {
                then(HexFormat.of()
                                .formatHex(MessageDigest.getInstance("SHA-256").digest(data)))
                        .isEqualTo(element.get("data_sha256").getAsString());
            } else {
                then(frame.hasData()).isFalse();
            }
            then(Frames.encode(copyOf(frame, data)).length() / 2)
                    .isEqualTo(element.get("length").getAsInt());
            frame.release();
        }
    }

    /** The same frame, with a payload that needs no release. */
    private static MuxFrame copyOf(MuxFrame frame, byte[] data) {
        var payload = Unpooled.wrappedBuffer(data);
        if (frame instanceof MuxFrame.New opening) {
            return new MuxFrame.New(
                    opening.sessionId(),
                    opening.options(),
                    opening.destination(),
                    opening.visitor(),
                    opening.globalId(),
                    payload);
        }
        if (frame instanceof MuxFrame.Keep keep) {
            return new MuxFrame.Keep(keep.sessionId(), keep.options(), keep.packetAddress(), payload);
        }
        return new MuxFrame.End(frame.sessionId(), frame.options(), payload);
    }
}
