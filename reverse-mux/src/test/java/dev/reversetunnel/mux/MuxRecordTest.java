package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The records of the extension, byte for byte. */
@ExtendWith(BufferLeakExtension.class)
class MuxRecordTest {
    private static final int HEAD = 8;

    static Stream<Arguments> vectors() {
        return Vectors.objects(
                        Vectors.load(MuxRecordTest.class, "mux-extension.json").getAsJsonArray("vectors"))
                .stream()
                .map(vector -> Arguments.of(vector.get("name").getAsString(), vector));
    }

    private static List<MuxRecord> read(int sessionId, byte[] payload) {
        List<MuxRecord> records = new ArrayList<>();
        ByteBuf in = Unpooled.wrappedBuffer(payload);
        for (MuxRecord record = MuxRecord.read(sessionId, in); record != null; record = MuxRecord.read(sessionId, in)) {
            records.add(record);
        }
        return records;
    }

    private static byte[] payload(JsonObject vector) {
        byte[] frame = Hex.bytes(vector.get("hex").getAsString());
        return java.util.Arrays.copyOfRange(frame, HEAD, frame.length);
    }

    @Test
    void all_vectors_are_there() {
        then(vectors()).hasSize(33);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    void are_read(String name, JsonObject vector) {
        List<String> expected = vector.getAsJsonArray("records").asList().stream()
                .map(JsonElement::getAsString)
                .toList();
        List<MuxRecord> records = read(vector.get("session_id").getAsInt(), payload(vector));
        then(records).extracting(MuxRecord::toString).isEqualTo(expected);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    void are_written(String name, JsonObject vector) {
        int session = vector.get("session_id").getAsInt();
        for (MuxRecord record : read(session, payload(vector))) {
            MuxFrame frame = record.frame(session, UnpooledByteBufAllocator.DEFAULT);
            if (vector.get("canonical").getAsBoolean()) {
                then(Frames.encode(frame)).isEqualTo(vector.get("hex").getAsString());
            } else {
                frame.release();
            }
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("vectors")
    void cut_anywhere_no_more_is_read_than_came_whole(String name, JsonObject vector) {
        int session = vector.get("session_id").getAsInt();
        byte[] whole = payload(vector);
        List<String> all =
                read(session, whole).stream().map(MuxRecord::toString).toList();
        for (int length = 0; length < whole.length; length++) {
            List<String> cut = read(session, java.util.Arrays.copyOf(whole, length)).stream()
                    .map(MuxRecord::toString)
                    .filter(record -> !record.startsWith("Visiting")) // may end behind its first address
                    .toList();
            then(cut).as("%s of %d bytes", name, length).isEqualTo(all.subList(0, cut.size()));
        }
    }

    @Test
    void garbage_is_no_error() {
        Random random = new Random(7);
        for (int i = 0; i < 200_000; i++) {
            byte[] payload = new byte[random.nextInt(80)];
            random.nextBytes(payload);
            if (payload.length > 0 && random.nextBoolean()) {
                payload[0] = (byte) random.nextInt(9);
            }
            read(random.nextBoolean() ? 0 : 1, payload);
        }
    }

    @Test
    void a_hello_is_valid_or_does_not_exist() {
        UUID node = new UUID(1, 2);
        Instant start = Instant.ofEpochMilli(5);
        thenThrownBy(() -> new MuxHello(-1, node, start, 0, "")).hasMessage("credit: -1 (expected: 0 or more)");
        thenThrownBy(() -> new MuxHello(0, node, start, 65_536, "")).hasMessage("tunnels: 65536 (expected: 0~65535)");
        thenThrownBy(() -> new MuxHello(0, node, start, 0, "\u00fc".repeat(128)))
                .hasMessage("name: 256 bytes (expected: at most 255)");
        then(new MuxHello(node, start.plusNanos(7), "x")).isEqualTo(new MuxHello(65_536, node, start, 0, "x"));
    }
}
