package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonObject;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Recorded: a SOCKS user of a portal sends from one socket to two targets. We take either part. */
@ExtendWith(BufferLeakExtension.class)
class MuxTwoTargetsTest {
    private static List<JsonObject> elements(JsonObject recording, String direction) {
        List<JsonObject> elements = new ArrayList<>();
        for (JsonObject line : Vectors.objects(recording.getAsJsonArray("timeline"))) {
            if (line.has("session_id") && line.get("dir").getAsString().equals(direction)) {
                elements.add(line);
            }
        }
        return elements;
    }

    private static JsonObject load(String file) {
        return Vectors.load(MuxTwoTargetsTest.class, "sessions/udp-two-targets-" + file + ".json");
    }

    /** What the peer sent in one direction, from its first frame on. */
    private static String frames(JsonObject recording, String direction) {
        int start = elements(recording, direction).get(0).get("offset").getAsInt();
        return recording
                .getAsJsonObject("streams")
                .getAsJsonObject("0")
                .get(direction)
                .getAsString()
                .substring(2 * start);
    }

    private static String sent(MuxEnd end) {
        end.wire.runPendingTasks();
        StringBuilder hex = new StringBuilder();
        for (ByteBuf part = end.wire.readOutbound(); part != null; part = end.wire.readOutbound()) {
            hex.append(Hex.of(part));
            part.release();
        }
        return hex.toString();
    }

    /** Echoes as the origins of the recording do; the control session is only heard. */
    private static final class Origins extends ChannelInboundHandlerAdapter {
        private final List<String> asked;

        Origins(List<String> asked) {
            this.asked = asked;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            Datagram datagram = (Datagram) message;
            if (datagram.peer().port() != 0) {
                String text = datagram.content().toString(StandardCharsets.US_ASCII);
                asked.add(datagram.peer().port() + " " + text);
                ctx.writeAndFlush(new Datagram(
                        datagram.peer(), Unpooled.copiedBuffer("echo:" + text, StandardCharsets.US_ASCII)));
            }
            datagram.release();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "legacy-xray-26.3.27, COOL, 45481, 46930, true",
        "rvs-xray-26.7.28, VLESS_REVERSE, 53581, 55848, true",
        "legacy-v2ray-4.34, COOL, 57718, 55169, false", // whose bridge sends no addresses; ours always does
        "portal-xray-bridge-v2ray5, COOL, 54464, 35832, false", // whose bridge sent the second to the first
    })
    void as_bridge_each_datagram_goes_to_its_own_target(
            String file, MuxDialect dialect, int first, int second, boolean answersAsRecorded) {
        JsonObject recording = load(file);
        List<String> asked = new ArrayList<>();
        MuxEnd bridge = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.dialect(dialect));
        bridge.onAccept = session -> session.pipeline().addLast(new Origins(asked));
        // one by one, for a burst's answers would take turns
        String stream = frames(recording, "portal_to_bridge");
        int at = 0;
        StringBuilder answers = new StringBuilder();
        for (JsonObject element : elements(recording, "portal_to_bridge")) {
            int end = at + 2 * element.get("length").getAsInt();
            bridge.receive(Hex.buffer(stream.substring(at, end)));
            answers.append(sent(bridge));
            at = end;
        }

        then(asked).containsExactly(first + " first", second + " second", first + " third");
        if (answersAsRecorded) {
            then(answers).hasToString(frames(recording, "bridge_to_portal"));
        }
        bridge.close();
    }

    @ParameterizedTest
    @CsvSource({"legacy-v2ray-4.34, COOL", "rvs-xray-26.7.28, VLESS_REVERSE"})
    void as_portal_we_send_the_same_bytes(String file, MuxDialect dialect) {
        JsonObject recording = load(file);
        MuxEnd portal = new MuxEnd(MuxRole.CLIENT, MuxOptions.DEFAULT.dialect(dialect));
        Map<Integer, MuxSession> sessions = new HashMap<>();
        StringBuilder sent = new StringBuilder();
        for (JsonObject element : elements(recording, "portal_to_bridge")) {
            MuxFrame frame = Frames.of(element, element, Frames.data(element));
            Destination target = null;
            if (frame instanceof MuxFrame.New opening) {
                sessions.put(frame.sessionId(), portal.mux.open(opening.destination(), opening.visitor()));
            } else if (frame instanceof MuxFrame.Keep keep) {
                target = keep.packetAddress();
            }
            MuxSession session = sessions.get(frame.sessionId());
            session.writeAndFlush(new Datagram(target == null ? session.destination() : target, frame.payload()));
            sent.append(sent(portal));
        }

        then(sent).hasToString(frames(recording, "portal_to_bridge"));
        portal.close();
    }

    /** The decoder has no part in this test but to show that the recording is what it says. */
    @ParameterizedTest
    @CsvSource({
        "legacy-xray-26.3.27, COOL",
        "rvs-xray-26.7.28, VLESS_REVERSE",
        "legacy-v2ray-4.34, COOL",
        "portal-xray-bridge-v2ray5, COOL",
    })
    void the_recordings_are_read_as_they_were_made(String file, MuxDialect dialect) {
        JsonObject recording = load(file);
        for (String direction : List.of("portal_to_bridge", "bridge_to_portal")) {
            EmbeddedChannel decoder = new EmbeddedChannel(new MuxFrameDecoder(dialect));
            decoder.writeInbound(Hex.buffer(frames(recording, direction)));
            for (JsonObject element : elements(recording, direction)) {
                MuxFrame read = decoder.readInbound();
                ByteBuf data = Frames.data(element);
                then(read).isEqualTo(Frames.of(element, element, data));
                read.release();
                data.release();
            }
            then(decoder.inboundMessages()).isEmpty();
            decoder.finish();
        }
    }
}
