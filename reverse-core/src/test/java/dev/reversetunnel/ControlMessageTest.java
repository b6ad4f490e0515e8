package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.google.gson.JsonObject;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ControlMessageTest {
    private static final UnpooledByteBufAllocator HEAP = new UnpooledByteBufAllocator(false);

    static Stream<Named<JsonObject>> encoded() {
        return vectors("encode");
    }

    static Stream<Named<JsonObject>> decoded() {
        return vectors("decode");
    }

    private static Stream<Named<JsonObject>> vectors(String direction) {
        return Vectors.objects(Vectors.load(ControlMessageTest.class, "reverse-control.json")
                        .getAsJsonArray(direction))
                .stream()
                .map(vector -> Named.of(vector.get("name").getAsString(), vector));
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void writes_what_peers_write(JsonObject vector) {
        ControlMessage message = ControlMessage.valueOf(vector.get("state").getAsString());
        byte[] noise = new byte[vector.get("random_length").getAsInt()];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = (byte) noiseOf(vector, i);
        }

        then(Hex.of(message.encode(HEAP, noise))).isEqualTo(vector.get("hex").getAsString());
    }

    /** The noise stands at the end of the message. */
    private static int noiseOf(JsonObject vector, int index) {
        byte[] bytes = Hex.bytes(vector.get("hex").getAsString());
        return bytes[bytes.length - vector.get("random_length").getAsInt() + index];
    }

    @ParameterizedTest
    @MethodSource("decoded")
    void reads_what_peers_write(JsonObject vector) {
        ByteBuf bytes = Hex.buffer(vector.get("hex").getAsString());
        if (vector.get("result").getAsString().equals("error")) {
            thenThrownBy(() -> ControlMessage.decode(bytes)).isInstanceOf(CorruptedFrameException.class);
        } else {
            boolean active = vector.get("state").getAsInt() == 0;
            then(ControlMessage.decode(bytes)).isEqualTo(active ? ControlMessage.ACTIVE : ControlMessage.DRAIN);
            then(bytes.isReadable()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void reads_its_own(JsonObject vector) {
        then(ControlMessage.decode(Hex.buffer(vector.get("hex").getAsString())).name())
                .isEqualTo(vector.get("state").getAsString());
    }

    @Test
    void merges_messages_in_one_datagram() {
        then(ControlMessage.decode(Hex.buffer("0801 9a06015a | 9a06015a"))).isEqualTo(ControlMessage.DRAIN);
    }

    @Test
    void takes_every_state_but_0_for_drain() {
        then(ControlMessage.decode(Hex.buffer("08 7f"))).isEqualTo(ControlMessage.DRAIN);
        then(ControlMessage.decode(Hex.buffer("08 ffffffffffffffffff01"))).isEqualTo(ControlMessage.DRAIN);
    }

    @Test
    void skips_unknown_fields_of_every_kind() {
        then(ControlMessage.decode(Hex.buffer("1005 | 19 0102030405060708 | 22 02 aabb | 2d 01020304 | 0801")))
                .isEqualTo(ControlMessage.DRAIN);
    }

    @ParameterizedTest
    @org.junit.jupiter.params.provider.ValueSource(
            strings = {
                "08",
                "9a06",
                "9a0605aa",
                "0b",
                "0c",
                "0e",
                "00",
                "ffffffffffffffffffffff",
                "19 01",
                "2d 01",
                "9a06ffffffffffffffffff01"
            })
    void declares_what_is_no_message(String hex) {
        thenThrownBy(() -> ControlMessage.decode(Hex.buffer(hex)))
                .isInstanceOf(CorruptedFrameException.class)
                .hasMessageNotContaining("null");
    }

    @Test
    void throws_nothing_else_for_garbage() {
        Random random = new Random(7);
        for (int i = 0; i < 100_000; i++) {
            byte[] garbage = new byte[random.nextInt(24)];
            random.nextBytes(garbage);
            try {
                ControlMessage.decode(io.netty.buffer.Unpooled.wrappedBuffer(garbage));
            } catch (CorruptedFrameException declared) {
                then(declared.getMessage()).isNotBlank();
            }
        }
    }

    @Test
    void is_never_empty() {
        Random random = new Random(7);
        for (int i = 0; i < 1_000; i++) {
            then(ControlMessage.ACTIVE.encode(HEAP, random).readableBytes()).isBetween(4, 66);
        }
    }
}
