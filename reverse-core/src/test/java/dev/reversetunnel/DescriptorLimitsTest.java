package dev.reversetunnel;

import static dev.reversetunnel.Tunnels.DOMAIN;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssumptions.given;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import io.netty.channel.epoll.Epoll;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Ports that leave some of the file descriptors that this process is said to have. */
class DescriptorLimitsTest {
    private static final byte[] LINE = "line\n".getBytes(StandardCharsets.US_ASCII);

    private final LimitsTold limits = new LimitsTold();
    private final List<Socket> crowd = new ArrayList<>();

    @BeforeEach
    void descriptorsAreKnown() {
        given(Epoll.isAvailable()).as("epoll: %s", Epoll.unavailabilityCause()).isTrue();
    }

    @AfterEach
    void leave() throws IOException {
        for (Socket visitor : crowd) {
            visitor.close();
        }
    }

    @Test
    void visitors_who_are_too_many_wait_until_some_have_gone_and_bridges_come_in_meanwhile() throws Exception {
        TcpTransport few = Transport.tcp().descriptors(2 * Loops.nextDescriptor() + 256);
        try (Origin origin = Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").transport(few))
                        .inbound("tunnels", Plain.server(few, 0, Grant.REGISTER))
                        .portal("portal", DOMAIN)
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.inbound("tunnels").to("portal"))
                        .route(Rule.inbound("visitors").to("origin"))
                        .listener(limits)
                        .start()) {
            Socket first = come(node);
            then(Tunnels.say(first, "hello")).isEqualTo("hello");
            while (!isMet()) {
                Socket visitor = come(node);
                visitor.getOutputStream().write(LINE);
                await().until(() -> visitor.getInputStream().available() == LINE.length || isMet());
            }
            limits.thenTold(Limit.DESCRIPTORS, node::snapshot, "inbound \"visitors\": of ");
            Socket surplus = come(node);
            surplus.getOutputStream().write(LINE);

            try (Bridge bridge =
                    Tunnels.ready(Tunnels.bridge(node.port("tunnels")).reach(Outbound.refuse()))) {
                then(bridge.snapshot().tunnels()).hasSize(1);
            }
            then(Tunnels.say(first, "again")).isEqualTo("again");
            then(surplus.getInputStream().available()).isZero();

            while (crowd.size() > 2) {
                crowd.remove(1).close();
            }
            then(Tunnels.line(surplus.getInputStream())).isEqualTo("line");
        }
    }

    private boolean isMet() {
        return !limits.of(Limit.DESCRIPTORS).isEmpty();
    }

    private Socket come(ReverseTunnel node) throws IOException {
        Socket visitor = Tunnels.connect(node.port("visitors"));
        crowd.add(visitor);
        return visitor;
    }
}
