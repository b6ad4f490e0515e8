package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Destination;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SniffingTest {
    private static final Request REQUEST = new Request(Destination.tcp("192.0.2.1", 8080), "web");

    @Test
    void the_name_becomes_the_destination_and_the_port_stays() {
        Request told = Sniffing.of("http").told(REQUEST, new Sniffed("http", "shop.example"));
        then(told.destination()).isEqualTo(Destination.tcp("shop.example", 8080));
        then(told.sniffed()).isEqualTo(new Sniffed("http", "shop.example"));
    }

    @Test
    void for_rules_only_the_destination_stays() {
        Request told = Sniffing.of("http").rulesOnly().told(REQUEST, new Sniffed("http", "shop.example"));
        then(told.destination()).isEqualTo(REQUEST.destination());
        then(told.sniffed()).isEqualTo(new Sniffed("http", "shop.example"));
    }

    @Test
    void without_a_name_the_destination_stays() {
        Request told = Sniffing.of("tls").told(REQUEST, new Sniffed("tls", ""));
        then(told.destination()).isEqualTo(REQUEST.destination());
        then(told.sniffed()).isEqualTo(new Sniffed("tls", ""));
        then(Sniffing.of("tls").told(REQUEST, null)).isSameAs(REQUEST);
    }

    @Test
    void names_of_protocols_that_do_not_count_are_forgotten() {
        Sniffing sniffing = Sniffing.of("http", "tls", "bittorrent").namesOf("http");
        then(sniffing.told(REQUEST, new Sniffed("tls", "shop.example")).sniffed())
                .isEqualTo(new Sniffed("tls", ""));
        then(sniffing.told(REQUEST, new Sniffed("http", "shop.example")).destination())
                .isEqualTo(Destination.tcp("shop.example", 8080));
        then(Sniffing.of("http").namesOf().told(REQUEST, new Sniffed("http", "shop.example")))
                .isEqualTo(REQUEST.sniffed(new Sniffed("http", "")));
    }

    @Test
    void names_that_are_excepted_are_forgotten() {
        Sniffing sniffing = Sniffing.of("http").except("Shop.Example.", "other.example");
        then(sniffing.told(REQUEST, new Sniffed("http", "shop.example")))
                .isEqualTo(REQUEST.sniffed(new Sniffed("http", "")));
        then(sniffing.told(REQUEST, new Sniffed("http", "my.shop.example"))
                        .destination()
                        .host())
                .isEqualTo("my.shop.example");
    }

    @Test
    void only_streams_to_destinations_are_looked_at() {
        Sniffing sniffing = Sniffing.of("http");
        then(sniffing.looksAt(REQUEST)).isTrue();
        then(sniffing.looksAt(REQUEST.command(Command.MUX))).isFalse();
        then(sniffing.looksAt(REQUEST.command(Command.REVERSE))).isFalse();
        then(sniffing.looksAt(new Request(Destination.udp("192.0.2.1", 53), "dns")))
                .isFalse();
        then(Sniffing.NONE.looksAt(REQUEST)).isFalse();
    }

    @Test
    void mistakes_are_found_at_the_desk() {
        thenThrownBy(Sniffing::of).hasMessageStartingWith("sniffing: no protocol (expected: some of ");
        thenThrownBy(() -> Sniffing.of("http", "quic"))
                .hasMessageStartingWith("sniffing: \"quic\" (expected: some of ");
        thenThrownBy(() -> Sniffing.of("http").namesOf("tls"))
                .hasMessage("sniffing: \"tls\" (expected: some of [http])");
        thenThrownBy(() -> Sniffing.of("http").except("*.example"))
                .hasMessage("except: \"*.example\" (expected: a host's name)");
        thenThrownBy(() -> Sniffing.of("http").patience(Duration.ZERO))
                .hasMessage("patience: PT0S (expected: more than 0)");
        thenThrownBy(() -> Sniffing.of("http").limit(255)).hasMessage("limit: 255 (expected: 256 bytes or more)");
    }

    @Test
    void it_says_what_it_does() {
        then(Sniffing.NONE).hasToString("no sniffing");
        then(Sniffing.of("tls", "http")).hasToString("sniffing of [http, tls]");
        then(Sniffing.of("http").rulesOnly()).hasToString("sniffing of [http], for rules only");
    }
}
