package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/** What a portal may say in its control session: it drains the tunnel, or it does not, and breaks nothing. */
class ControlMessageJazzerTest {
    static Stream<byte[]> vectors() {
        return Stream.of("encode", "decode")
                .flatMap(direction ->
                        Vectors.objects(Vectors.load(ControlMessageJazzerTest.class, "reverse-control.json")
                                        .getAsJsonArray(direction))
                                .stream())
                .map(vector -> Hex.bytes(vector.get("hex").getAsString()));
    }

    @MethodSource("vectors")
    @FuzzTest
    void messages(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            boolean drain = decoded(buffers.input(input)) == ControlMessage.DRAIN;
            int[] drains = {0};
            EmbeddedChannel session = new EmbeddedChannel(new BridgeControl(() -> drains[0]++));
            session.writeInbound(new Datagram(Destination.udp("reverse", 0), buffers.input(input)));
            session.writeInbound(buffers.input(input));
            then(drains[0]).isEqualTo(drain ? 2 : 0);
            session.finishAndReleaseAll();
        });
    }

    private static ControlMessage decoded(ByteBuf in) {
        try {
            return ControlMessage.decode(in);
        } catch (CorruptedFrameException e) {
            return ControlMessage.ACTIVE;
        } finally {
            in.release();
        }
    }
}
