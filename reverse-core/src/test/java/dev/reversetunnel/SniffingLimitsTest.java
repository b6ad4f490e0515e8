package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How many visitors of a port are looked at. */
class SniffingLimitsTest {
    private final LimitsTold limits = new LimitsTold();

    @Test
    void the_oldest_who_says_nothing_goes_on_as_he_is() throws Exception {
        Sniffing two = Sniffing.of("http").patience(Duration.ofDays(1)).maxVisitors(1_024, 2);
        try (Origin origin = Origin.echo();
                ReverseTunnel node = ReverseTunnel.node()
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").sniff(two))
                        .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                        .route(Rule.any().to("origin"))
                        .listener(limits)
                        .start()) {
            try (Socket first = Tunnels.connect(node.port("visitors"));
                    Socket second = Tunnels.connect(node.port("visitors"))) {
                first.getOutputStream().write('G'); // and no more, as if it were a request
                then(second.isConnected()).isTrue();
                try (Socket third = Tunnels.connect(node.port("visitors"))) {
                    limits.thenTold(Limit.SNIFFING, node::snapshot, "inbound \"visitors\": too many are looked at");
                    then(first.getInputStream().read()).isEqualTo('G');
                    then(third.isConnected()).isTrue();
                }
            }
            await().until(() -> node.snapshot().memoryUsed() == 0);

            // they have gone, and so there is room for two
            try (Socket first = Tunnels.connect(node.port("visitors"));
                    Socket second = Tunnels.connect(node.port("visitors"))) {
                then(Tunnels.say(first, "hello")).isEqualTo("hello");
                then(Tunnels.say(second, "hello")).isEqualTo("hello");
                then(node.snapshot().reached(Limit.SNIFFING)).isEqualTo(1);
            }
        }
    }

    @Test
    void refuses_limits_that_are_none() {
        thenThrownBy(() -> Sniffing.of("http").maxVisitors(0, 1)).hasMessage("inAll: 0 (expected: 1 or more)");
        thenThrownBy(() -> Sniffing.of("http").maxVisitors(1, 0)).hasMessage("fromOneSource: 0 (expected: 1 or more)");
    }
}
