package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Documents with bridges and portals, made into those that today's Xray takes. */
class MigrationTest {
    private static final String ID = ExportTest.ID;
    private static final String ID2 = ExportTest.ID2;

    @ParameterizedTest
    @ValueSource(strings = {"000", "001", "002"})
    void a_bridge_registers_by_command_with_the_same_id_at_the_same_port(String seed) throws Exception {
        String old = Published.bridge(seed + "-bridge.json", 1024, 80);
        String id = old.replaceAll("(?s).*\"id\": \"([^\"]+)\".*", "$1");
        String document = Document.parse(old).export(Format.XRAY_REVERSE);
        then(document.replaceAll("\\s+", " "))
                .contains("\"tag\": \"interconn\", \"protocol\": \"vless\", \"settings\": { \"address\": \"127.0.0.1\","
                        + " \"port\": 1024, \"id\": \"" + id + "\", \"encryption\": \"none\", \"reverse\": { \"tag\":"
                        + " \"bridge\" } }")
                .contains("\"redirect\": \"127.0.0.1:80\", \"finalRules\": [ { \"action\": \"allow\" } ]")
                .contains(
                        "\"rules\": [ { \"type\": \"field\", \"inboundTag\": [ \"bridge\" ], \"outboundTag\": \"out\" } ]")
                .doesNotContain("full:", "bridges");
    }

    @ParameterizedTest
    @ValueSource(strings = {"000", "001", "002"})
    void a_portal_knows_its_bridge_by_the_id_and_only_visitors_by_rules(String seed) throws Exception {
        String old = Published.portal(seed + "-portal.json", 8080, 1024)
                .replace("\"port\": 1024", "\"listen\": \"127.0.0.1\", \"port\": 1024");
        String document = Document.parse(old).export(Format.XRAY_REVERSE);
        then(document.replaceAll("\\s+", " "))
                .contains("\"protocol\": \"vless\"", "\"reverse\": { \"tag\": \"portal\" }")
                .contains("\"rules\": [ { \"type\": \"field\", \"inboundTag\": [ \"external\" ], \"outboundTag\":"
                        + " \"portal\" } ]")
                .contains("\"outbounds\": [ { \"tag\": \"block\", \"protocol\": \"blackhole\"")
                .doesNotContain("portals");
        then(Document.parse(document).export(Format.XRAY_REVERSE)).isEqualTo(document);
    }

    @Test
    void an_address_with_a_zone_is_near() throws Exception {
        String portal = Published.portal("001-portal.json", 8080, 1024)
                .replace("\"port\": 1024", "\"listen\": \"fe80::1%lo\", \"port\": 1024");
        then(Document.parse(portal).export(Format.XRAY_REVERSE)).contains("\"listen\": \"fe80::1%lo\"");
    }

    @Test
    void a_bridge_without_any_way_out_is_refused() throws Exception {
        Document document = Document.parse("{\"reverse\": {\"bridges\": [{\"tag\": \"b\", \"domain\": \"a.b\"}]}}");
        thenThrownBy(() -> document.export(Format.XRAY_REVERSE))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("reverse.bridges[0]: registers by \"\" (expected: an outbound of vmess,");
    }

    @Test
    void both_ends_make_the_same_id_of_a_password() throws Exception {
        String portal = Document.parse(Published.portal("004-portal-port-forwarding.json", 8080, 1024)
                        .replace("\"port\": 1024", "\"listen\": \"127.0.0.1\", \"port\": 1024"))
                .export(Format.XRAY_REVERSE);
        String bridge = Document.parse(Published.bridge("004-bridge-port-forwarding.json", 1024, 80))
                .export(Format.XRAY_REVERSE);
        then(id(bridge)).isEqualTo(id(portal)).hasSize(36);
        then(portal + bridge).doesNotContain(Published.PASSWORD);
    }

    private static String id(String document) {
        return document.replaceAll("(?s).*\"id\": \"([^\"]+)\".*", "$1");
    }

    static Stream<Arguments> impossible() {
        String bridges = "'reverse': {'bridges': [{'tag': 'b', 'domain': 'd.test'}]}, ";
        String portals = "'reverse': {'portals': [{'tag': 'p', 'domain': 'd.test'}]}, ";
        String toIt = ", 'routing': {'rules': [{'inboundTag': ['b'], 'domain': ['full:d.test'], 'outboundTag': 'up'}]}";
        String vmess = "'protocol': 'vmess', 'settings': {'vnext': [{'address': '@', 'port': 1, 'users': [{'id': '" + ID
                + "'}]}]}";
        return Stream.of(
                arguments(
                        bridges + "'outbounds': [{'tag': 'up', " + vmess.replace("@", "portal.example.com") + "}]"
                                + toIt,
                        "outbounds[0]: would travel in clear, for VLESS does not encrypt (expected: \"streamSettings\" with"
                                + " \"security\": \"tls\" at both ends)"),
                arguments(
                        bridges
                                + "'outbounds': [{'tag': 'up', 'protocol': 'socks', 'settings': {'address': '127.0.0.1',"
                                + " 'port': 1}}]" + toIt,
                        "reverse.bridges[0]: registers by \"up\" (expected: an outbound of vmess"),
                arguments(
                        bridges + "'outbounds': [{'tag': 'up', " + vmess.replace("@", "10.0.0.1") + "}], 'routing':"
                                + " {'rules': [{'inboundTag': ['b'], 'outboundTag': 'up'}]}",
                        "routing.rules[0]: leads to \"up\", by"
                                + " which bridge \"b\" registers, and nothing else may go there"),
                arguments(
                        portals
                                + inbounds(
                                        "'port': 1, 'protocol': 'vmess', 'settings': {'clients': [{'id': '" + ID
                                                + "'}]}",
                                        ""),
                        "inbounds[0]: would travel in clear"),
                arguments(
                        portals
                                + inbounds(
                                        "'port': 1, 'listen': '127.0.0.1', 'protocol': 'vmess', 'settings': {'clients':"
                                                + " [{'id': '" + ID + "', 'email': 'a'}, {'id': '" + ID2
                                                + "', 'email': 'c'}]}",
                                        ", 'user': ['a']"),
                        "inbounds[0].settings.clients[1]: comes in where bridges register, and would have to change to VLESS"),
                arguments(
                        portals + "'inbounds': [{'tag': 'in', 'port': 1, 'listen': '127.0.0.1', 'protocol': 'vmess',"
                                + " 'settings': {'clients': [{'id': '" + ID
                                + "'}]}}], 'routing': {'rules': [{'inboundTag': ['in'],"
                                + " 'outboundTag': 'p'}]}",
                        "reverse.portals[0]: visitors come in by the same inbound as bridges"),
                arguments(
                        portals + "'inbounds': [{'tag': 'in', 'port': 1, 'protocol': 'socks'}], 'routing': {'rules':"
                                + " [{'inboundTag': ['in'], 'outboundTag': 'p'}]}",
                        "reverse.portals[0]: no bridge can register"));
    }

    private static String inbounds(String way, String more) {
        return "'inbounds': [{'tag': 'in', " + way + "}, {'tag': 'door', 'port': 2, 'protocol': 'dokodemo-door'}],"
                + " 'routing': {'rules': [{'inboundTag': ['in']" + more
                + ", 'outboundTag': 'p'}, {'inboundTag': ['door'],"
                + " 'outboundTag': 'p'}]}";
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void what_cannot_be_carried_over_is_told_with_the_way_out(String parts, String piece) throws Exception {
        Document document = Document.parse(("{" + parts + "}").replace('\'', '"'));
        thenThrownBy(() -> document.export(Format.XRAY_REVERSE))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining(piece);
    }
}
