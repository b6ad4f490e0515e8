package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessServer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.UUID;

/** As many bridges as there are users, in one JVM, and their portal in another. */
final class ManyBridges {
    /** Fewer than the strangers that one source may be, while they authenticate. */
    private static final int AT_ONCE = 32;

    private ManyBridges() {}

    private static String name(int bridge) {
        return "bridge-" + bridge;
    }

    private static UUID id(Meeting meeting, int bridge) {
        return UUID.nameUUIDFromBytes((meeting.id() + name(bridge)).getBytes(StandardCharsets.US_ASCII));
    }

    /** The portal. Arguments: those of {@link Meeting#arguments()}, how many users. */
    static final class PortalMain {
        private PortalMain() {}

        public static void main(String[] arguments) throws Exception {
            Meeting meeting = Meeting.of(arguments);
            VmessServer server = Vmess.server(meeting.bridges()).address("127.0.0.1");
            for (int i = 0; i < Integer.parseInt(arguments[arguments.length - 1]); i++) {
                server = server.user(name(i), id(meeting, i), Grant.register(meeting.domain()));
            }
            try (Portal portal = ReverseTunnel.portal("portal")
                    .domain(meeting.domain())
                    .listen(server)
                    .listen(Inbound.port(meeting.visitors())
                            .address("127.0.0.1")
                            .to("127.0.0.1", 80))
                    .start()) {
                ChildJvm.serve();
            }
        }
    }

    /** The bridges, all of them up before it says so. Arguments: as above, and which is the first of them. */
    static final class BridgesMain {
        private BridgesMain() {}

        public static void main(String[] arguments) throws Exception {
            Meeting meeting = Meeting.of(arguments);
            int first = Integer.parseInt(arguments[arguments.length - 2]);
            int end = Integer.parseInt(arguments[arguments.length - 1]);
            List<Bridge> bridges = new ArrayList<>();
            Queue<Bridge> dialling = new ArrayDeque<>();
            for (int i = first; i < end; i++) {
                Bridge bridge = ReverseTunnel.bridge(name(i))
                        .domain(meeting.domain())
                        .connect(Vmess.client("127.0.0.1", meeting.bridges()).user(id(meeting, i)))
                        .forward("127.0.0.1", meeting.originPort())
                        .tunnels(1, 1)
                        .start();
                bridges.add(bridge);
                dialling.add(bridge);
                if (dialling.size() == AT_ONCE) {
                    dialling.remove().awaitReady(Duration.ofSeconds(60));
                }
            }
            for (Bridge bridge : dialling) {
                bridge.awaitReady(Duration.ofSeconds(60));
            }
            ChildJvm.serve();
            bridges.forEach(Bridge::close);
        }
    }
}
