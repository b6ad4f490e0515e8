package dev.reversetunnel.net;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DestinationTest {

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, 127.0.0.1",
        "010.0.0.001, 10.0.0.1",
        "2001:DB8:0:0:0:0:0:1, 2001:db8::1",
        "[2001:db8::1], 2001:db8::1",
        "2001:db8:0:0:1:0:0:1, 2001:db8::1:0:0:1",
        "::, ::",
        "::1, ::1",
        "::ffff:192.0.2.1, 192.0.2.1",
        "[::ffff:c000:201], 192.0.2.1",
        "0:0:0:0:0:FFFF:7F00:1, 127.0.0.1",
    })
    void keeps_an_ip_address_in_one_spelling(String given, String canonical) {
        var destination = Destination.tcp(given, 80);
        then(destination.host()).isEqualTo(canonical);
        then(destination).isEqualTo(Destination.tcp(canonical, 80));
        then(destination.isDomain()).isFalse();
        then(destination.address()).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"example.com", "Tunnel.Example", "a_b", "1a.com", "localhost", "1.2.3", "256.1.1.1", "xn--4ca.x"
            })
    void keeps_a_domain_name_as_it_is(String name) {
        var destination = Destination.tcp(name, 80);
        then(destination.host()).isEqualTo(name);
        then(destination.isDomain()).isTrue();
        then(destination.address()).isNull();
    }

    @Test
    void is_equal_to_another_one_of_the_same_network_host_and_port() {
        Destination destination = Destination.tcp("web", 80);

        then(destination).isEqualTo(Destination.tcp("web", 80)).hasSameHashCodeAs(Destination.tcp("web", 80));
        then(destination)
                .isNotEqualTo(Destination.udp("web", 80))
                .isNotEqualTo(Destination.tcp("Web", 80))
                .isNotEqualTo(Destination.tcp("web", 81))
                .isNotEqualTo(null)
                .isNotEqualTo("tcp:web:80");
    }

    @Test
    void takes_a_name_of_255_characters_and_no_longer_one() {
        then(Destination.tcp("a".repeat(255), 0).host()).hasSize(255);
        thenThrownBy(() -> Destination.tcp("a".repeat(256), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host: 256 characters (expected: 1~255)");
        thenThrownBy(() -> Destination.tcp("", 0)).hasMessage("host: 0 characters (expected: 1~255)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "ä.example", "a\nb", "a\"b", "*.example", "a%00"})
    void refuses_characters_that_no_name_has(String name) {
        thenThrownBy(() -> Destination.tcp(name, 80))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("host: \"")
                .hasMessageContaining("(expected: letters, digits, '-', '.', '_'; other scripts in their ASCII form");
    }

    @Test
    void a_message_is_one_printable_line_whatever_came() {
        thenThrownBy(() -> Destination.tcp("a\n\"\u00e4", 80))
                .hasMessageStartingWith("host: \"a\\u000a\\u0022\\u00e4\" (expected:");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[127.0.0.1]", "[example.com]", "[]"})
    void refuses_brackets_around_anything_but_ipv6(String host) {
        thenThrownBy(() -> Destination.tcp(host, 80))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host: \"" + host + "\" (expected: IPv6 inside the brackets)");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"fe80::1%eth0", ":::", "1::2::3", "12345::", "[::1", "::1]", "::1:80:", "1:2:3:4:5:6:7:8:9"})
    void refuses_what_only_looks_like_ipv6(String host) {
        thenThrownBy(() -> Destination.tcp(host, 80))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("host: \"" + host + "\" (expected: a domain name, or an IP address without a zone)");
    }

    @Test
    void takes_every_port_there_is() {
        then(Destination.tcp("a", 0).port()).isZero();
        then(Destination.tcp("a", 65_535).port()).isEqualTo(65_535);
        thenThrownBy(() -> Destination.tcp("a", -1)).hasMessage("port: -1 (expected: 0~65535)");
        thenThrownBy(() -> Destination.udp("a", 65_536)).hasMessage("port: 65536 (expected: 0~65535)");
    }

    @Test
    void tells_network_host_and_port() {
        then(Destination.tcp("example.com", 443)).hasToString("tcp:example.com:443");
        then(Destination.udp("192.0.2.53", 53)).hasToString("udp:192.0.2.53:53");
        then(Destination.udp("2001:db8::1", 53)).hasToString("udp:[2001:db8::1]:53");
    }

    @Test
    void moves_to_the_other_network() {
        var tcp = Destination.tcp("a", 1);
        then(tcp.on(Network.UDP)).isEqualTo(Destination.udp("a", 1)).isNotEqualTo(tcp);
        then(tcp.on(Network.TCP)).isSameAs(tcp);
    }

    @Test
    void comes_from_a_socket_address() throws Exception {
        byte[] ip = {(byte) 0xfe, (byte) 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
        var scoped = Inet6Address.getByAddress("host.example", ip, 3);
        then(Destination.of(Network.UDP, new InetSocketAddress(scoped, 5))).isEqualTo(Destination.udp("fe80::1", 5));
        then(Destination.of(Network.TCP, new InetSocketAddress(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}), 5)))
                .isEqualTo(Destination.tcp("10.0.0.1", 5));
        then(Destination.of(Network.TCP, InetSocketAddress.createUnresolved("web.home", 80)))
                .isEqualTo(Destination.tcp("web.home", 80));
    }

    @Test
    void gives_its_address_without_asking_anybody() throws Exception {
        then(Destination.tcp("::ffff:10.0.0.1", 1).address())
                .isEqualTo(InetAddress.getByAddress(new byte[] {10, 0, 0, 1}));
    }
}
