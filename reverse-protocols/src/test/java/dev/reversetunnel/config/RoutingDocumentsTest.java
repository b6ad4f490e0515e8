package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.Explanation;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Sniffed;
import dev.reversetunnel.net.Destination;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Every field of the section {@code routing}, as the manuals of V2Ray and Xray have it: a rule with it, a request that
 * it is for, and one that it is not for.
 *
 * @see <a href="https://www.v2fly.org/en_US/config/routing.html">V2Ray</a>
 * @see <a href="https://xtls.github.io/en/config/routing.html">Xray</a>
 */
class RoutingDocumentsTest {
    private static final String PARTS = """
            "inbounds": [
              {"tag": "in", "listen": "127.0.0.1", "port": 0, "protocol": "dokodemo-door"},
              {"tag": "other", "listen": "127.0.0.1", "port": 0, "protocol": "dokodemo-door"}
            ],
            "outbounds": [
              {"tag": "first", "protocol": "freedom"},
              {"tag": "proxy-a", "protocol": "freedom"},
              {"tag": "proxy-b", "protocol": "freedom"},
              {"tag": "chosen", "protocol": "blackhole"}
            ]
            """;

    static Stream<Arguments> fields() {
        Request web = tcp("www.sina.com.cn", 80);
        return Stream.of(
                // domain, domains
                arguments("'domain': ['sina.com']", web, tcp("sina.cn", 80)),
                arguments("'domain': ['keyword:sina.com']", web, tcp("sina.cn", 80)),
                arguments("'domain': 'v2ray.com,sina.com'", web, tcp("sina.cn", 80)),
                arguments("'domains': ['domain:v2ray.com']", tcp("www.v2ray.com", 1), tcp("xv2ray.com", 1)),
                arguments("'domain': ['full:v2ray.com']", tcp("v2ray.com", 1), tcp("www.v2ray.com", 1)),
                arguments("'domain': ['regexp:\\\\.goo.*\\\\.com$']", tcp("www.google.com", 1), tcp("google.com", 1)),
                arguments("'domain': ['dotless:pc-']", tcp("mypc-alice", 1), tcp("pc-alice.lan", 1)),
                arguments("'domain': ['full:a'], 'domains': ['full:b']", tcp("b", 1), tcp("c", 1)),
                // ip
                arguments("'ip': ['127.0.0.1']", tcp("127.0.0.1", 1), tcp("127.0.0.2", 1)),
                arguments("'ip': ['10.0.0.0/8', 'fc00::/7']", tcp("fd00::1", 1), tcp("11.0.0.1", 1)),
                arguments("'ip': ['geoip:private']", tcp("192.168.1.1", 1), tcp("8.8.8.8", 1)),
                arguments("'ip': ['!10.0.0.0/8']", tcp("8.8.8.8", 1), tcp("10.1.1.1", 1)),
                arguments("'ip': ['!geoip:private']", tcp("8.8.8.8", 1), tcp("10.1.1.1", 1)),
                arguments("'ip': ['geoip:!private']", tcp("8.8.8.8", 1), tcp("10.1.1.1", 1)),
                // port
                arguments("'port': 53", tcp("a", 53), tcp("a", 54)),
                arguments("'port': '53,443,1000-2000'", tcp("a", 1500), tcp("a", 444)),
                arguments("'port': '1000-2000'", tcp("a", 2000), tcp("a", 999)),
                // sourcePort
                arguments("'sourcePort': 4000", from("10.0.0.1", 4000), from("10.0.0.1", 4001)),
                arguments("'sourcePort': '53,4000-4001'", from("10.0.0.1", 4001), from("10.0.0.1", 4002)),
                // source, sourceIP
                arguments("'source': ['10.0.0.1']", from("10.0.0.1", 1), from("10.0.0.2", 1)),
                arguments("'sourceIP': ['10.0.0.0/8']", from("10.9.9.9", 1), from("11.0.0.1", 1)),
                arguments("'source': ['geoip:private']", from("10.9.9.9", 1), from("8.8.8.8", 1)),
                // localIP, localPort
                arguments("'localIP': ['192.168.0.25']", at("192.168.0.25", 80), at("192.168.0.26", 80)),
                arguments("'localPort': '80-90'", at("192.168.0.25", 85), at("192.168.0.25", 91)),
                // network
                arguments("'network': 'tcp'", tcp("a", 1), udp("a", 1)),
                arguments("'network': 'udp'", udp("a", 1), tcp("a", 1)),
                arguments("'network': ['udp']", udp("a", 1), tcp("a", 1)),
                arguments("'network': 'tcp,udp', 'port': 1", udp("a", 1), udp("a", 2)),
                // user
                arguments("'user': ['love@v2ray.com']", by("love@v2ray.com"), by("hate@v2ray.com")),
                arguments("'user': ['regexp:^love@']", by("love@xray.com"), by("hate@xray.com")),
                // inboundTag
                arguments("'inboundTag': ['in']", in("in"), in("other")),
                arguments("'inboundTag': 'other,in'", in("in"), in("third")),
                // protocol
                arguments("'protocol': ['http']", sniffed("http", ""), sniffed("tls", "")),
                arguments("'protocol': ['tls', 'bittorrent']", sniffed("bittorrent", ""), sniffed("http", "")),
                // what was sniffed comes before what was asked for
                arguments("'domain': ['full:web']", sniffed("http", "web"), sniffed("http", "a")),
                // several
                arguments("'port': 80, 'domain': ['full:a']", tcp("a", 80), tcp("a", 81)),
                // without effect
                arguments("'type': 'field', 'port': 80, 'domainMatcher': 'mph'", tcp("a", 80), tcp("a", 81)),
                arguments("'port': 80, 'ruleTag': 'web'", tcp("a", 80), tcp("a", 81)),
                // keys in other letters, as Go finds them
                arguments("'InboundTag': ['in'], 'PORT': 80", tcp("a", 80), tcp("a", 81)));
    }

    @ParameterizedTest
    @MethodSource("fields")
    void a_field_of_a_rule_decides(String conditions, Request matching, Request other) throws Exception {
        try (ReverseTunnel node = node("'rules': [{" + conditions + ", 'outboundTag': 'chosen'}]")) {
            then(explain(node, matching).to()).isEqualTo("chosen");
            then(explain(node, other).to()).isEqualTo("first");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'rules': [{'port': 80, 'outboundTag': 'chosen'}, {'port': 80, 'outboundTag': 'proxy-a'}]",
                "'strategy': 'rules', 'settings': {'rules': [{'type': 'field', 'port': 80, 'outboundTag': 'chosen'}]}",
                "'settings': {'domainStrategy': 'AsIs', 'rules': [{'port': 80, 'outboundTag': 'chosen'}]}",
                "'domainStrategy': 'ipifnonmatch', 'domainMatcher': 'linear', 'rules': [{'port': 80, 'outboundTag':"
                        + " 'chosen'}]",
                "'rules': [{'port': 80, 'outboundTag': 'chosen', 'balancerTag': 'b'}], 'balancers': [{'tag': 'b',"
                        + " 'selector': ['proxy']}]"
            })
    void both_forms_are_read_and_the_first_rule_decides(String routing) throws Exception {
        try (ReverseTunnel node = node(routing)) {
            then(explain(node, tcp("a", 80)).to()).isEqualTo("chosen");
            then(explain(node, tcp("a", 81)).to()).isEqualTo("first");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ", 'strategy': {'type': 'random'}",
                ", 'strategy': {'type': 'roundRobin'}, 'fallbackTag': 'first'",
                ", 'strategy': {'type': 'leastLoad', 'settings': {'expected': 2}}"
            })
    void a_balancer_chooses_among_those_whose_tags_begin_so(String strategy) throws Exception {
        try (ReverseTunnel node = node("'rules': [{'port': 80, 'balancerTag': 'b'}], 'balancers': [{'tag': 'b',"
                + " 'selector': ['proxy-', 'chosen']" + strategy + "}]")) {
            Explanation told = explain(node, tcp("a", 80));
            then(told.to()).isEqualTo("b");
            then(told.outbounds()).startsWith("proxy-a", "proxy-b", "chosen");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AsIs", "IPIfNonMatch", "IPOnDemand"})
    void the_domain_strategy_says_when_names_are_resolved(String strategy) throws Exception {
        try (ReverseTunnel node = node("'domainStrategy': '" + strategy
                + "', 'rules': [{'ip': ['127.0.0.0/8', '::1'], 'outboundTag': 'chosen'},"
                + " {'domain': ['full:localhost'], 'outboundTag': 'proxy-a'}]")) {
            String expected = strategy.equals("IPOnDemand") ? "chosen" : "proxy-a";
            then(explain(node, tcp("localhost", 80)).to()).isEqualTo(expected);
        }
    }

    private static ReverseTunnel node(String routing) throws Exception {
        String document = "{" + PARTS + ", \"routing\": {" + routing.replace('\'', '"') + "}}";
        return Document.parse(document).node().start();
    }

    private static Explanation explain(ReverseTunnel node, Request request) throws Exception {
        return node.explain(request).get(10, TimeUnit.SECONDS);
    }

    private static Request tcp(String host, int port) {
        return new Request(Destination.tcp(host, port), "in");
    }

    private static Request udp(String host, int port) {
        return new Request(Destination.udp(host, port), "in");
    }

    private static Request in(String inbound) {
        return new Request(Destination.tcp("a", 1), inbound);
    }

    private static Request by(String user) {
        return new Request(Destination.tcp("a", 1), "in", user, Grant.CONNECT, null, null);
    }

    private static Request from(String ip, int port) {
        return new Request(Destination.tcp("a", 1), "in", "", Grant.CONNECT, new InetSocketAddress(ip, port), null);
    }

    private static Request at(String ip, int port) {
        return new Request(Destination.tcp("a", 1), "in", "", Grant.CONNECT, null, new InetSocketAddress(ip, port));
    }

    private static Request sniffed(String protocol, String name) {
        return tcp("1.2.3.4", 80).sniffed(new Sniffed(protocol, name));
    }
}
