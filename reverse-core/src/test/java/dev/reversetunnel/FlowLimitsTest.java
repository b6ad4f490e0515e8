package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Datagrammers.Echo;
import dev.reversetunnel.Datagrammers.Visitor;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How many ways out a node opens for datagrams. */
class FlowLimitsTest {
    @Test
    void the_way_that_is_one_too_many_is_refused_until_another_has_ended() throws Exception {
        Heard heard = new Heard();
        try (Echo echo = new Echo("e:");
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound("udp", Inbound.port(0).address("127.0.0.1").udp())
                        .outbound("echo", Outbound.to("127.0.0.1", echo.port()))
                        .route(Rule.any().to("echo"))
                        .maxFlows(1)
                        .datagramTimeout(Duration.ofMillis(400))
                        .listener(heard)
                        .start();
                Visitor one = new Visitor(node.port("udp"));
                Visitor two = new Visitor(node.port("udp"))) {
            then(one.say("a")).isEqualTo("e:a");
            then(node.snapshot().datagramFlows()).isEqualTo(1);
            two.send("b");
            await().until(() -> !heard.of("refused").isEmpty());
            then(heard.of("refused").get(0)).contains("datagrams go 1 ways already (call maxFlows(...))");
            heard.limits.thenTold(Limit.DATAGRAM_FLOWS, node.snapshot(), 1);
            then(node.snapshot().droppedDatagrams()).isPositive();
            await().until(() -> node.snapshot().datagramFlows() == 0);
            then(two.say("c")).isEqualTo("e:c");
        }
    }

    @Test
    void datagrams_that_wait_for_a_way_out_are_a_part_of_the_nodes_memory() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                        .inbound("udp", Inbound.port(0).address("127.0.0.1").udp())
                        .outbound("nobody", (request, dialer) -> dialer.loop().newPromise())
                        .route(Rule.any().to("nobody"))
                        .datagramTimeout(Duration.ofMillis(400))
                        .start();
                Visitor visitor = new Visitor(node.port("udp"))) {
            visitor.send("a".repeat(1_000));
            visitor.send("b".repeat(500));
            await().until(() -> node.snapshot().memoryUsed() == 1_500);
            await().until(() -> node.snapshot().memoryUsed() == 0);
            then(node.snapshot().datagramFlows()).isZero();
        }
    }

    @Test
    void refuses_a_limit_that_is_none() {
        thenThrownBy(() -> ReverseTunnel.node().maxFlows(0)).hasMessage("maxFlows: 0 (expected: 1 or more)");
    }
}
