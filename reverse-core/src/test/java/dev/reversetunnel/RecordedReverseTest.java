package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import com.google.gson.JsonObject;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Tunnels between two Xrays, registered by command: what one end sent then, in pieces of any size, at our other end.
 * The carrier's header is not part of it.
 */
class RecordedReverseTest {
    /** Before the mux: a VLESS request, and its response. */
    private static final int REQUEST = 19;

    private static final int RESPONSE = 2;

    private static final int VISITORS = 13;

    private final Map<Integer, Session> sessions = new ConcurrentSkipListMap<>();

    // ---- the recording ----

    private static JsonObject load(String version) {
        return Vectors.load(RecordedReverseTest.class, "sessions/rvs-xray-" + version + ".json");
    }

    private static byte[] stream(JsonObject recording, String direction, int from) {
        byte[] all = Hex.bytes(recording
                .getAsJsonObject("streams")
                .getAsJsonObject("0")
                .get(direction)
                .getAsString());
        return Arrays.copyOfRange(all, from, all.length);
    }

    /** The New frames of visitors, by id; the recorded portal has not sent them in this order. */
    private static Map<Integer, JsonObject> visitors(JsonObject recording) {
        Map<Integer, JsonObject> opened = new TreeMap<>();
        for (JsonObject line : Vectors.objects(recording.getAsJsonArray("timeline"))) {
            if (line.has("source")) {
                opened.put(line.get("session_id").getAsInt(), line);
            }
        }
        then(opened).hasSize(VISITORS);
        return opened;
    }

    private static Destination address(JsonObject line, String name) {
        JsonObject address = line.getAsJsonObject(name);
        return new Destination(
                address.get("network").getAsString().equals("udp") ? Network.UDP : Network.TCP,
                address.get("address").getAsString(),
                address.get("port").getAsInt());
    }

    private static InetSocketAddress socket(JsonObject line, String name) {
        Destination address = address(line, name);
        return new InetSocketAddress(address.host(), address.port());
    }

    /** What a session brings in one direction, as {@link Session} writes it down. */
    private static String heard(JsonObject recording, int id, String direction) {
        byte[] all = stream(recording, direction, 0);
        StringBuilder heard = new StringBuilder();
        for (JsonObject line : Vectors.objects(recording.getAsJsonArray("timeline"))) {
            if (!line.has("session_id")
                    || line.get("session_id").getAsInt() != id
                    || !line.get("dir").getAsString().equals(direction)) {
                continue;
            }
            if (line.has("packet_address")) {
                heard.append('@').append(address(line, "packet_address")).append(' ');
            }
            if (line.has("data_length")) {
                int end = line.get("offset").getAsInt() + line.get("length").getAsInt();
                heard.append(Hex.of(io.netty.buffer.Unpooled.wrappedBuffer(
                        all,
                        end - line.get("data_length").getAsInt(),
                        line.get("data_length").getAsInt())));
            }
            if (line.get("status").getAsString().equals("END")) {
                heard.append(line.get("option").getAsInt() == 0 ? " end" : " reset");
                break;
            }
        }
        return heard.toString();
    }

    private static List<byte[]> pieces(byte[] stream, int seed) {
        Random random = new Random(seed);
        int largest = 1 << random.nextInt(4, 14);
        List<byte[]> pieces = new ArrayList<>();
        for (int at = 0; at < stream.length; ) {
            int length = Math.min(stream.length - at, 1 + random.nextInt(largest));
            pieces.add(Arrays.copyOfRange(stream, at, at + length));
            at += length;
        }
        return pieces;
    }

    // ---- our portal ----

    @ParameterizedTest
    @CsvSource({"26.7.28, 1", "26.7.28, 2", "26.7.28, 3", "26.3.27, 4", "26.3.27, 5"})
    void our_portal_opens_the_sessions_of_the_recorded_one_and_gets_what_the_bridge_sent(String version, int seed) {
        JsonObject recording = load(version);
        RegisteredPortal portal = new RegisteredPortal();
        portal.bridge.sent();
        visitors(recording).forEach((id, line) -> {
            Channel channel = portal.visit(address(line, "target"), socket(line, "source"), socket(line, "local"));
            Session session = new Session();
            sessions.put(id, session);
            channel.pipeline().addLast(session);
            channel.config().setAutoRead(true);
            MuxFrame.New opened = (MuxFrame.New) portal.bridge.frames().get(0);
            then(opened.sessionId()).isEqualTo(id);
            then(opened.destination()).isEqualTo(address(line, "target"));
            then(opened.visitor()).isEqualTo(new MuxFrame.Visitor(address(line, "source"), address(line, "local")));
        });

        pieces(stream(recording, "bridge_to_portal", REQUEST), seed).forEach(portal.bridge::receive);

        sessions.forEach((id, session) ->
                then(session.heard()).as("session %s", id).isEqualTo(heard(recording, id, "bridge_to_portal")));
        then(portal.heard.of("error")).isEmpty();
        then(portal.bridge.isOpen()).isTrue();
        portal.close();
    }

    // ---- our bridge ----

    @ParameterizedTest
    @CsvSource({"26.7.28, 1", "26.7.28, 2", "26.3.27, 3"})
    void our_bridge_serves_the_visitors_of_the_recorded_portal(String version, int seed) throws Exception {
        JsonObject recording = load(version);
        Map<Integer, JsonObject> visitors = visitors(recording);
        Heard heard = new Heard();
        try (ServerSocket listening = new ServerSocket(0, 1, Tunnels.loopback());
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .connect(Plain.reverseClient(Transport.tcp(), listening.getLocalPort(), "alice"))
                        .reach(new Target())
                        .spareTunnels(0) // one was recorded
                        .listener(heard)
                        .start();
                Socket portal = listening.accept()) {
            then(portal.getInputStream().readNBytes(7)).isEqualTo(Hex.bytes("04 05 616c696365"));
            OutputStream out = portal.getOutputStream();
            for (byte[] piece : pieces(stream(recording, "portal_to_bridge", RESPONSE), seed)) {
                out.write(piece);
            }

            await().until(() -> sessions.size() == VISITORS);
            for (JsonObject line : visitors.values()) {
                Session session = sessions.get(address(line, "source").port());
                Request request = session.request;
                then(request.destination()).isEqualTo(address(line, "target"));
                then(request.source()).isEqualTo(socket(line, "source"));
                then(request.local()).isEqualTo(socket(line, "local"));
                String expected = heard(recording, line.get("session_id").getAsInt(), "portal_to_bridge");
                await().untilAsserted(() -> then(session.heard()).isEqualTo(expected));
            }
            then(heard.of("refused")).isEmpty();
            then(heard.of("failed")).isEmpty();
            then(heard.of("error")).isEmpty();
            then(bridge.snapshot().tunnels())
                    .singleElement()
                    .satisfies(tunnel -> then(tunnel.openedSessions()).isEqualTo(VISITORS + 1));
        }
    }

    /** Takes sessions over; who they are of is told by the port that he came from. */
    private final class Target implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            return dialer.loop().newFailedFuture(new TunnelException("takes sessions over"));
        }

        @Override
        public void take(Request request, Channel channel, Relay relay) {
            Session session = new Session();
            session.request = request;
            channel.pipeline().addLast(session);
            sessions.put(request.source().getPort(), session);
            channel.config().setAutoRead(true);
        }
    }

    /** Writes down what comes: bytes as hex, a datagram's far end, and how it ends. */
    private static final class Session extends ChannelInboundHandlerAdapter {
        private final StringBuilder heard = new StringBuilder();
        private Request request;
        private boolean ended;

        synchronized String heard() {
            return heard.toString();
        }

        @Override
        public synchronized void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Datagram datagram) {
                if (request == null) {
                    heard.append('@').append(datagram.peer()).append(' ');
                }
                heard.append(Hex.of(datagram.content()));
            } else {
                heard.append(Hex.of((ByteBuf) message));
            }
            ReferenceCountUtil.release(message);
        }

        @Override
        public synchronized void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ended = true;
                heard.append(" end");
                ctx.close();
            }
        }

        @Override
        public synchronized void channelInactive(ChannelHandlerContext ctx) {
            if (!ended) {
                ended = true;
                heard.append(" reset");
            }
        }
    }
}
