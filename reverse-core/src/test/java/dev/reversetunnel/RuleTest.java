package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.net.InetSocketAddress;
import java.util.List;
import org.junit.jupiter.api.Test;

class RuleTest {
    private static final Request WEB = request("tcp", "shop.example", 80, "external");

    private static Request request(String network, String host, int port, String inbound) {
        return new Request(new Destination(network.equals("udp") ? Network.UDP : Network.TCP, host, port), inbound);
    }

    @Test
    void matches_everything_without_a_condition() {
        then(Rule.any().matches(WEB)).isTrue();
    }

    @Test
    void takes_several_inbounds_as_alternatives() {
        Rule rule = Rule.inbound("external", "interconn");
        then(rule.matches(WEB)).isTrue();
        then(rule.matches(request("tcp", "shop.example", 80, "interconn"))).isTrue();
        then(rule.matches(request("tcp", "shop.example", 80, "External"))).isFalse();
    }

    @Test
    void compares_whole_domains_without_case_and_trailing_dot() {
        Rule rule = Rule.any().domain("full:Shop.Example.", "full:other.example");
        then(rule.matches(WEB)).isTrue();
        then(rule.matches(request("tcp", "SHOP.example.", 80, "x"))).isTrue();
        then(rule.matches(request("tcp", "other.example", 80, "x"))).isTrue();
        then(rule.matches(request("tcp", "a.shop.example", 80, "x"))).isFalse();
        then(rule.matches(request("tcp", "192.0.2.1", 80, "x"))).isFalse();
    }

    @Test
    void takes_ports_as_a_list_or_a_range() {
        Rule list = Rule.any().port(80, 443);
        then(list.matches(WEB)).isTrue();
        then(list.matches(request("tcp", "shop.example", 81, "x"))).isFalse();

        Rule range = Rule.any().ports(0, 80);
        then(range.matches(WEB)).isTrue();
        then(range.matches(request("tcp", "shop.example", 0, "x"))).isTrue();
        then(range.matches(request("tcp", "shop.example", 81, "x"))).isFalse();
    }

    @Test
    void tells_streams_from_datagrams() {
        then(Rule.any().network(Network.TCP).matches(WEB)).isTrue();
        then(Rule.any().network(Network.UDP).matches(WEB)).isFalse();
    }

    @Test
    void knows_users_by_name() {
        Rule rule = Rule.any().user("alice", "bob");
        then(rule.matches(of("alice"))).isTrue();
        then(rule.matches(of("bob"))).isTrue();
        then(rule.matches(of("Alice"))).isFalse();
        then(rule.matches(of("carol"))).isFalse();
        then(rule.matches(WEB)).isFalse();
        then(Rule.inbound("other").user("alice").matches(of("alice"))).isFalse();
    }

    private static Request of(String user) {
        return new Request(WEB.destination(), "external", user, Grant.CONNECT, null, null);
    }

    @Test
    void wants_all_conditions_to_hold() {
        Rule rule = Rule.inbound("external")
                .domain("full:shop.example")
                .port(80)
                .network(Network.TCP)
                .to("web");
        then(rule.matches(WEB)).isTrue();
        then(rule.matches(request("tcp", "shop.example", 80, "other"))).isFalse();
        then(rule.matches(request("tcp", "else.example", 80, "external"))).isFalse();
        then(rule.matches(request("tcp", "shop.example", 81, "external"))).isFalse();
        then(rule.matches(request("udp", "shop.example", 80, "external"))).isFalse();
    }

    @Test
    void is_never_changed() {
        Rule base = Rule.inbound("external");
        Rule narrow = base.port(81);
        Rule led = base.to("web");

        then(base.matches(WEB)).isTrue();
        then(narrow.matches(WEB)).isFalse();
        then(base.target()).isNull();
        then(led.target()).isEqualTo("web");
    }

    @Test
    void keeps_no_hold_of_what_it_was_given() {
        String[] tags = {"external"};
        int[] ports = {80};
        Rule rule = Rule.inbound(tags).port(ports);
        tags[0] = "other";
        ports[0] = 1;
        then(rule.matches(WEB)).isTrue();
    }

    @Test
    void reads_as_a_sentence() {
        then(Rule.inbound("a", "b").domain("full:x.example").ports(1, 9).to("web"))
                .hasToString("inbound a, b and domain full:x.example and port 1-9 to \"web\"");
        then(Rule.any().user("alice", "bob").network(Network.UDP)).hasToString("user alice, bob and network udp");
        then(Rule.any()).hasToString("everything");
        then(Rule.any().named("all").to("x")).hasToString("\"all\", everything to \"x\"");
        then(Rule.any().domain("a", "b", "c", "d", "e", "f", "g", "h", "i", "j"))
                .hasToString("domain a, b, c, d, e, f, g, h and 2 more");
    }

    @Test
    void says_what_is_wrong_at_the_desk() {
        thenThrownBy(() -> Rule.inbound())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("inbound");
        thenThrownBy(() -> Rule.any().domain("full:")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> Rule.any().domain("full:.")).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> Rule.any().user())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("user");
        thenThrownBy(() -> Rule.any().user("alice", ""))
                .hasMessage("user: \"\" (expected: a name; who did not authenticate has none)");
        thenThrownBy(() -> Rule.any().user("alice").user("bob")).hasMessage("user: already set to \"alice\"");
        thenThrownBy(() -> Rule.any().port(65_536)).hasMessage("port: 65536 (expected: 0~65535)");
        thenThrownBy(() -> Rule.any().port()).isInstanceOf(IllegalArgumentException.class);
        thenThrownBy(() -> Rule.any().ports(90, 80))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("90-80");
        thenThrownBy(() -> Rule.any().port(1).ports(2, 3)).hasMessage("port: already set to \"1\"");
        thenThrownBy(() -> Rule.inbound("a").to("b").to("c")).hasMessage("to: already set to \"b\"");
    }

    @Test
    void knows_the_domain_patterns_of_documents() {
        then(matches(Rule.any().domain("op.exa"), "shop.example")).isTrue();
        then(matches(Rule.any().domain("keyword:OP.exa"), "SHOP.example")).isTrue();
        then(matches(Rule.any().domain("keyword:opexa"), "shop.example")).isFalse();
        then(matches(Rule.any().domain("domain:example"), "shop.example")).isTrue();
        then(matches(Rule.any().domain("domain:op.example"), "shop.example")).isFalse();
        then(matches(Rule.any().domain("domain:shop.example"), "shop.example")).isTrue();
        then(matches(Rule.any().domain("regexp:^sh.p\\."), "shop.example")).isTrue();
        then(matches(Rule.any().domain("regexp:^p\\."), "shop.example")).isFalse();
        then(matches(Rule.any().domain("dotless:pc"), "mypc")).isTrue();
        then(matches(Rule.any().domain("dotless:pc"), "my.pc")).isFalse();
        then(matches(Rule.any().domain("example"), "192.0.2.1")).isFalse();
    }

    private static boolean matches(Rule rule, String host) {
        return rule.matches(request("tcp", host, 80, "x"));
    }

    @Test
    void knows_addresses_blocks_and_what_is_private() {
        then(matches(Rule.any().ip("192.0.2.1", "10.0.0.0/8"), "10.9.9.9")).isTrue();
        then(matches(Rule.any().ip("192.0.2.1", "10.0.0.0/8"), "192.0.2.1")).isTrue();
        then(matches(Rule.any().ip("192.0.2.1", "10.0.0.0/8"), "192.0.2.2")).isFalse();
        then(matches(Rule.any().ip("geoip:private"), "127.0.0.1")).isTrue();
        then(matches(Rule.any().ip("geoip:private"), "::1")).isTrue();
        then(matches(Rule.any().ip("geoip:private"), "8.8.8.8")).isFalse();
        then(matches(Rule.any().ip("2001:db8::/32"), "2001:db8::1")).isTrue();
        then(matches(Rule.any().ip("2001:db8::/32"), "::ffff:1.2.3.4")).isFalse();
        then(matches(Rule.any().ip("1.2.3.0/24"), "::ffff:1.2.3.4")).isTrue();
        then(matches(Rule.any().ip("0.0.0.0/0"), "shop.example")).isFalse();
    }

    private static Request by(InetSocketAddress source, InetSocketAddress local) {
        return new Request(WEB.destination(), "external", "", Grant.CONNECT, source, local);
    }

    @Test
    void knows_where_visitors_come_from_and_what_they_reached() {
        Request request = by(new InetSocketAddress("10.0.0.7", 40_000), new InetSocketAddress("192.0.2.7", 443));
        then(Rule.any().source("10.0.0.0/8").matches(request)).isTrue();
        then(Rule.any().source("192.0.2.0/24").matches(request)).isFalse();
        then(Rule.any().source("!10.0.0.0/8").matches(request)).isFalse();
        then(Rule.any().sourcePorts("1,40000-40001").matches(request)).isTrue();
        then(Rule.any().sourcePorts("443").matches(request)).isFalse();
        then(Rule.any().local("192.0.2.7").matches(request)).isTrue();
        then(Rule.any().local("10.0.0.0/8").matches(request)).isFalse();
        then(Rule.any().localPorts("443").matches(request)).isTrue();
        then(Rule.any().localPorts("40000").matches(request)).isFalse();
    }

    @Test
    void who_is_not_known_matches_no_address_not_even_a_negation() {
        for (Request unknown : List.of(WEB, by(InetSocketAddress.createUnresolved("behind.example", 1), null))) {
            then(Rule.any().source("!10.0.0.0/8").matches(unknown)).isFalse();
            then(Rule.any().local("0.0.0.0/0").matches(unknown)).isFalse();
            then(Rule.any().localPorts("0-65535").matches(unknown)).isFalse();
        }
        then(Rule.any().sourcePorts("0-65535").matches(WEB)).isFalse();
    }

    @Test
    void knows_what_was_sniffed() {
        Request tls = WEB.sniffed(new Sniffed("tls", ""));
        then(Rule.any().protocol("http", "tls").matches(tls)).isTrue();
        then(Rule.any().protocol("http").matches(tls)).isFalse();
        then(Rule.any().protocol("tls").matches(WEB)).isFalse();
        then(Rule.any().domain("full:shop.example").matches(tls)).isTrue();
        Request named = WEB.sniffed(new Sniffed("http", "Other.Example."));
        then(Rule.any().domain("full:other.example").matches(named)).isTrue();
        then(Rule.any().domain("full:shop.example").matches(named)).isFalse();
    }

    @Test
    void asks_a_program() {
        Rule rule = Rule.any().port(80).when(request -> request.inbound().equals("external"));
        then(rule.matches(WEB)).isTrue();
        then(rule.matches(request("tcp", "shop.example", 80, "x"))).isFalse();
        then(rule.when(request -> false).matches(WEB)).isFalse();
    }

    @Test
    void finds_users_by_expressions_too() {
        then(Rule.any().user("regexp:^al").matches(of("alice"))).isTrue();
        then(Rule.any().user("regexp:^al").matches(of("bob-al"))).isFalse();
        thenThrownBy(() -> Rule.any().user("regexp:(")).hasMessageStartingWith("user: \"regexp:(\" (expected: ");
    }

    @Test
    void negations_must_all_hold_and_everything_else_is_an_alternative() {
        Rule rule = Rule.any().ip("!10.0.0.0/8", "geoip:!private", "10.1.0.0/16");
        then(matches(rule, "8.8.8.8")).isTrue();
        then(matches(rule, "10.1.2.3")).isTrue();
        then(matches(rule, "10.2.2.3")).isFalse();
        then(matches(rule, "192.168.0.1")).isFalse();
    }

    /** As Xray 26.7.28 decides. */
    @Test
    void a_negation_says_nothing_about_the_other_family() {
        Rule four = Rule.any().ip("!10.0.0.0/8", "fd00::/8");
        then(matches(four, "8.8.8.8")).isTrue();
        then(matches(four, "::ffff:8.8.8.8")).isTrue();
        then(matches(four, "10.1.2.3")).isFalse();
        then(matches(four, "fd00::5")).isTrue();
        then(matches(four, "2a00:1450::7")).isFalse();
        Rule six = Rule.any().ip("!fd00::/8");
        then(matches(six, "2a00:1450::7")).isTrue();
        then(matches(six, "fd00::5")).isFalse();
        then(matches(six, "8.8.8.8")).isFalse();
        Rule both = Rule.any().ip("!10.0.0.0/8", "!fd00::/8");
        then(matches(both, "8.8.8.8")).isTrue();
        then(matches(both, "2a00:1450::7")).isTrue();
        then(matches(both, "10.1.2.3")).isFalse();
        then(matches(both, "fd00::5")).isFalse();
        Rule lists = Rule.any().ip("!geoip:private", "!8.8.8.8");
        then(matches(lists, "2a00:1450::7")).isTrue();
        then(matches(lists, "8.8.8.8")).isFalse();
    }
}
