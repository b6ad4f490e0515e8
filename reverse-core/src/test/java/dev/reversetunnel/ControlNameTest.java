package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ControlNameTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "reverse",
                "reverse.internal.v2fly.org",
                "reverse.internal.v2ray.com",
                "reverse.internal.example.com"
            })
    void knows_the_dialects_of_all_peers_on_any_network_and_port(String name) {
        then(ControlName.isControl(Destination.udp(name, 0))).isTrue();
        then(ControlName.isControl(Destination.tcp(name, 80))).isTrue();
        then(ControlName.isReserved(Destination.tcp(name, 80))).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"v1.mux.cool", "v1.rvs.cool", "V1.MUX.COOL", "v1.mux.cool.", "Reverse", "reverse."})
    void reserves_what_means_something_to_the_protocol(String name) {
        then(ControlName.isReserved(Destination.tcp(name, 9_527))).isTrue();
        then(ControlName.isControl(Destination.udp(name, 0))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"reverse.shop.internal", "reverse.internal.v2fly.org.example", "mux.cool", "127.0.0.1"})
    void leaves_other_names_alone(String name) {
        then(ControlName.isReserved(Destination.tcp(name, 0))).isFalse();
    }

    @Test
    void asks_over_udp_and_port_0() {
        then(ControlName.V2FLY.destination()).isEqualTo(Destination.udp("reverse.internal.v2fly.org", 0));
    }
}
