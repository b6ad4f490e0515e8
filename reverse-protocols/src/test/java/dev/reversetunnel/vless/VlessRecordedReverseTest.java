package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.vless.RecordedTunnel.Element;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Tunnels that two Xrays had: one end is ours now, and the other one sends what it sent then, as soon as ours has done
 * what the other Xray had done before.
 */
@Timeout(60)
class VlessRecordedReverseTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    // ---- our bridge ----

    @ParameterizedTest
    @ValueSource(strings = {"rvs-xray-26.7.28", "rvs-xray-26.3.27"})
    void our_bridge_serves_the_visitors_of_a_recorded_portal(String name) throws Exception {
        RecordedTunnel recorded = new RecordedTunnel(name);
        SessionProbe.Sessions sessions = new SessionProbe.Sessions();
        try (ServerSocket listening = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                Bridge bridge = ReverseTunnel.bridge("bridge")
                        .connect(Vless.client("127.0.0.1", listening.getLocalPort())
                                .user(ID)
                                .reverse())
                        .reach(sessions)
                        .start();
                Socket portal = listening.accept()) {
            then(portal.getInputStream().readNBytes(recorded.request().length)).isEqualTo(recorded.request());
            portal.getOutputStream().write(recorded.response());
            RecordedPortal replay =
                    new RecordedPortal(sessions, portal.getOutputStream(), new WireFrames(portal.getInputStream()));
            for (Element element : recorded.elements()) {
                if (element.fromPortal()) {
                    replay.send(element);
                } else {
                    replay.expect(element);
                }
            }

            then(replay.probes).hasSize(13);
            then(bridge.ready()).isCompleted();
        }
    }

    /** The portal's part. */
    private record RecordedPortal(
            SessionProbe.Sessions sessions,
            OutputStream out,
            WireFrames frames,
            Map<Integer, SessionProbe> probes,
            Map<Integer, ByteArrayOutputStream> sent,
            Map<Integer, Boolean> ended) {
        RecordedPortal(SessionProbe.Sessions sessions, OutputStream out, WireFrames frames) {
            this(sessions, out, frames, new HashMap<>(), new HashMap<>(), new HashMap<>());
        }

        void send(Element element) throws Exception {
            out.write(element.bytes());
            int session = element.session();
            if (session == 1) {
                return; // control, which a bridge takes in silence
            }
            if (element.is("END")) {
                ended.put(session, true);
                probe(session).awaitEnd();
                return;
            }
            if (element.is("NEW")) {
                Destination source = element.address("source");
                SessionProbe probe = sessions.await(source.port());
                probes.put(session, probe);
                then(probe.request().destination()).isEqualTo(element.address("target"));
                then(Destination.of(source.network(), probe.request().source())).isEqualTo(source);
                then(Destination.of(source.network(), probe.request().local())).isEqualTo(element.address("local"));
                then(probe.request().inbound()).isEqualTo("bridge");
            }
            ByteArrayOutputStream all = sent.computeIfAbsent(session, id -> new ByteArrayOutputStream());
            all.writeBytes(element.data());
            then(probe(session).awaitBytes(all.size())).isEqualTo(all.toByteArray());
        }

        void expect(Element element) throws Exception {
            int session = element.session();
            if (element.is("KEEP")) {
                if (element.has("packet_address")) {
                    probe(session).answer(element.address("packet_address"), element.data());
                } else {
                    probe(session).answer(element.data());
                }
                WireFrames.Frame frame = frames.next(each -> each.session() == session);
                then(frame.bytes()).as("%s", element).isEqualTo(element.bytes());
            } else if (ended.containsKey(session)) {
                frames.end(session); // an answer to the portal's, whatever it says
            } else {
                ended.put(session, true);
                probe(session).end(element.isError());
                then(frames.end(session).isError()).as("%s", element).isEqualTo(element.isError());
            }
        }

        private SessionProbe probe(int session) {
            SessionProbe probe = probes.get(session);
            then(probe).as("session %d", session).isNotNull();
            return probe;
        }
    }

    // ---- our portal ----

    @ParameterizedTest
    @ValueSource(strings = {"rvs-xray-26.7.28", "rvs-xray-26.3.27"})
    void our_portal_brings_its_visitors_to_a_recorded_bridge(String name) throws Exception {
        RecordedTunnel recorded = new RecordedTunnel(name);
        try (Portal portal = ReverseTunnel.portal("portal")
                        .listen(Vless.server(0).address("127.0.0.1").reverseUser("bridge", ID))
                        .listen(Inbound.port(0).address("127.0.0.1").tcpAndUdp().to("192.0.2.1", 80))
                        .halfClosedTimeout(Duration.ofMillis(300))
                        .spareTunnels(0) // for which it would open sessions that were not recorded
                        .start();
                Socket bridge = Client.connect(portal.port("tunnels"));
                RecordedBridge replay = new RecordedBridge(
                        portal.port("visitors"), bridge.getOutputStream(), new WireFrames(bridge.getInputStream()))) {
            bridge.getOutputStream().write(recorded.request());
            then(bridge.getInputStream().readNBytes(recorded.response().length)).isEqualTo(recorded.response());
            recorded.elements().forEach(replay::prepare);
            for (Element element : recorded.elements()) {
                if (element.fromPortal()) {
                    replay.expect(element);
                } else {
                    replay.send(element);
                }
            }

            then(replay.visitors).hasSize(13);
            then(portal.snapshot().tunnels())
                    .singleElement()
                    .satisfies(tunnel -> then(tunnel.user()).isEqualTo("bridge"));
        }
    }

    /** The bridge's part, and the visitors of our portal. */
    private static final class RecordedBridge implements AutoCloseable {
        private final int port;
        private final OutputStream out;
        private final WireFrames frames;
        private final TreeMap<Integer, Element> openings = new TreeMap<>();
        private final Map<Integer, Visitor> visitors = new HashMap<>();
        private final Map<Integer, ByteArrayOutputStream> sent = new HashMap<>();
        private final Map<Integer, Boolean> ended = new HashMap<>();

        RecordedBridge(int port, OutputStream out, WireFrames frames) {
            this.port = port;
            this.out = out;
            this.frames = frames;
        }

        void prepare(Element element) {
            if (element.is("NEW") && !element.isControl()) {
                openings.put(element.session(), element);
            }
        }

        /** What Xray's portal did, ours does when its visitor does what he did then. */
        void expect(Element element) throws Exception {
            int session = element.session();
            if (element.isControl()) {
                then(frames.opening(session).addresses()).isEqualTo(bytes(Destination.udp("reverse", 0)));
            } else if (element.is("NEW")) {
                open(session);
            } else if (element.is("KEEP")) {
                visitorSends(session, element.data());
            } else if (ended.put(session, true) == null) {
                visitors.get(session).leave(element.isError());
                frames.end(session);
            } else {
                frames.end(session);
            }
        }

        /** In the order of their ids, which is that of our visitors' arrival; the peers' frames may overtake. */
        private void open(int session) throws Exception {
            for (Element opening : openings.headMap(session, true).values()) {
                if (visitors.containsKey(opening.session())) {
                    continue;
                }
                Network network = opening.address("target").network();
                Visitor visitor = Visitor.come(network, port);
                visitors.put(opening.session(), visitor);
                visitorSends(opening.session(), opening.data());
                then(frames.opening(opening.session()).addresses())
                        .as("target, source and local address of visitor %d", opening.session())
                        .isEqualTo(
                                bytes(Destination.tcp("192.0.2.1", 80).on(network), visitor.source(), visitor.local()));
            }
        }

        private void visitorSends(int session, byte[] data) throws IOException {
            ByteArrayOutputStream all = sent.computeIfAbsent(session, id -> new ByteArrayOutputStream());
            all.writeBytes(data);
            visitors.get(session).send(data);
            then(frames.data(session, all.size())).isEqualTo(all.toByteArray());
        }

        void send(Element element) throws IOException {
            out.write(element.bytes());
            Visitor visitor = visitors.get(element.session());
            if (element.is("KEEP")) {
                then(visitor.receive(element.data().length)).isEqualTo(element.data());
            } else if (ended.put(element.session(), true) == null) {
                if (element.isError()) {
                    thenThrownBy(() -> visitor.receive(1)).hasMessageContaining("reset");
                } else {
                    then(visitor.receive(1)).isEmpty();
                }
            }
        }

        /** Each with its network before it, as in a New. */
        private static byte[] bytes(Destination... addresses) {
            ByteBuf out = Unpooled.buffer();
            for (Destination address : addresses) {
                out.writeByte(address.network() == Network.UDP ? 2 : 1);
                PortFirstAddress.write(out, address);
            }
            return ByteBufUtil.getBytes(out);
        }

        @Override
        public void close() throws IOException {
            for (Visitor visitor : visitors.values()) {
                visitor.leave(false);
            }
        }
    }
}
