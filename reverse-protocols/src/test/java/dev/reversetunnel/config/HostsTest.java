package dev.reversetunnel.config;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.reversetunnel.AddressSet;
import dev.reversetunnel.DomainSet;
import dev.reversetunnel.GeoData;
import dev.reversetunnel.NameService;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.net.Destination;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code hosts} of the section {@code dns}, as V2Ray and Xray read it. */
class HostsTest {
    private static final GeoData LISTS = new GeoData() {
        @Override
        public Optional<DomainSet> site(String code) {
            return code.equals("ads") || code.equals("lists.dat:ads")
                    ? Optional.of(DomainSet.of("domain:ads.example"))
                    : Optional.empty();
        }

        @Override
        public Optional<AddressSet> ip(String code) {
            return Optional.empty();
        }
    };

    static Stream<Arguments> patterns() {
        return Stream.of(
                arguments("'shop.example': '10.0.0.1'", "shop.example", "www.shop.example"),
                arguments("'shop.example': '10.0.0.1'", "SHOP.example", "shop.example.org"),
                arguments("'full:shop.example': '10.0.0.1'", "shop.example", "www.shop.example"),
                arguments("'domain:shop.example': '10.0.0.1'", "www.shop.example", "myshop.example"),
                arguments("'keyword:shop': '10.0.0.1'", "myshop.example", "store.example"),
                arguments("'regexp:^shop[0-9]+$': '10.0.0.1'", "shop7", "shopx"),
                arguments("'dotless:': '10.0.0.1'", "intern", "in.tern"),
                arguments("'geosite:ads': '10.0.0.1'", "x.ads.example", "ads"),
                arguments("'ext:lists.dat:ads': '10.0.0.1'", "ads.example", "ads"),
                arguments("'shop.example': ['10.0.0.1']", "shop.example", "shop"),
                arguments("'shop.example': 'other.example', 'other.example': '10.0.0.1'", "shop.example", "shop"),
                arguments("'shop.example': ['other.example'], 'domain:example': '10.0.0.1'", "shop.example", "shop"));
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void a_name_that_fits_is_known_and_others_are_asked_for(String hosts, String known, String unknown)
            throws Exception {
        NameService table = table(hosts, HostsTest::nobody);
        then(texts(table.lookUp(known))).containsExactly("10.0.0.1");
        thenThrownBy(() -> table.lookUp(unknown))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("asked for " + unknown);
    }

    @Test
    void all_addresses_of_a_list_are_known_in_their_order() throws Exception {
        NameService table = table("'a': ['10.0.0.2', 'fd00::1', '10.0.0.1']", HostsTest::nobody);
        then(texts(table.lookUp("a"))).containsExactly("10.0.0.2", "fd00:0:0:0:0:0:0:1", "10.0.0.1");
    }

    @Test
    void a_whole_name_comes_before_patterns_that_stand_before_it() throws Exception {
        NameService table = table("'domain:a.b': '10.0.0.1', 'x.a.b': '10.0.0.2'", HostsTest::nobody);
        then(texts(table.lookUp("x.a.b"))).containsExactly("10.0.0.2", "10.0.0.1");
        NameService alias = table("'domain:a.b': '10.0.0.1', 'x.a.b': 'c'", name -> List.of(ip("10.9.9.9")));
        then(texts(alias.lookUp("x.a.b"))).containsExactly("10.9.9.9");
    }

    @Test
    void another_name_is_asked_for_instead() {
        thenThrownBy(() ->
                        table("'a': 'b', 'b': 'c.example'", HostsTest::nobody).lookUp("a"))
                .hasMessage("asked for c.example");
    }

    @Test
    void names_that_lead_to_one_another_have_no_address() {
        thenThrownBy(() -> table("'a': 'b', 'b': 'a'", HostsTest::nobody).lookUp("a"))
                .isInstanceOf(UnknownHostException.class)
                .hasMessage("a: more than 5 aliases; is there a circle in hosts?");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "'routing': {'domainStrategy': 'IPIfNonMatch', %s}, 'outbounds': [{'tag': 'first', 'protocol': 'freedom'},"
                        + " {'tag': 'chosen', 'protocol': 'blackhole'}]",
                "'routing': {'domainStrategy': 'IPOnDemand', %s}, 'outbounds': [{'tag': 'first', 'protocol': 'freedom',"
                        + " 'settings': {'domainStrategy': 'UseIPv4'}}, {'tag': 'chosen', 'protocol': 'blackhole'}]"
            })
    void rules_see_these_addresses(String document) throws Exception {
        Document loaded = Document.parse(("{'dns': {'hosts': {'domain:shop.example': '10.7.7.7'}}, " + document + '}')
                .formatted("'rules': [{'ip': ['10.7.0.0/16'], 'outboundTag': 'chosen'}]")
                .replace('\'', '"'));
        then(loaded.warnings()).noneMatch(warning -> warning.contains("dns"));
        try (ReverseTunnel node = loaded.node().start()) {
            then(node.explain(new Request(Destination.tcp("www.shop.example", 80), "in"))
                            .get(10, TimeUnit.SECONDS)
                            .to())
                    .isEqualTo("chosen");
        }
    }

    @Test
    void says_so_where_nobody_asks_for_them() throws Exception {
        Document document = Document.parse(document("'a': '10.0.0.1'", ""));
        then(document.warnings())
                .contains("line 1, column 19: dns.hosts: has no effect: nothing here asks for these names"
                        + " (\"domainStrategy\")");
    }

    @Test
    void they_are_exported() throws Exception {
        String strategy = ", 'settings': {'domainStrategy': 'UseIP'}";
        String hosts = "'a': '10.0.0.1', 'domain:b': ['10.0.0.1', 'fd00::1'], 'c': 'd'";
        Document document = Document.parse(document(hosts, strategy));
        String exported = document.export(Format.XRAY);
        then(exported.replaceAll("\\s+", ""))
                .contains("\"hosts\":{\"a\":\"10.0.0.1\",\"domain:b\":[\"10.0.0.1\",\"fd00::1\"],\"c\":\"d\"}");
        then(Document.parse(exported).export(Format.XRAY)).isEqualTo(exported);
        thenThrownBy(() -> document.export(Format.V2RAY))
                .isInstanceOf(DocumentException.class)
                .hasMessageEndingWith(
                        "dns.hosts: domain:b: V2Ray 4 knows one address of a name (expected: one, or Xray)");
    }

    static Stream<Arguments> faults() {
        return Stream.of(
                arguments("'a': 5", "dns.hosts.a: a number (expected: an IP address or a name, in double quotes)"),
                arguments("'a': []", "dns.hosts.a: nothing (expected: one IP address or more, or one other name)"),
                arguments(
                        "'a': ['10.0.0.1', 'b']",
                        "dns.hosts.a: a name among others (expected: one IP address or more, or one other name)"),
                arguments("'a': ['10.0.0.1', {}]", "dns.hosts.a[1]: an object (expected: an IP address"),
                arguments("'a': 'no name!'", "dns.hosts.a: host: \"no name!\" (expected: letters"),
                arguments(
                        "'a': '#3'", "dns.hosts.a: \"#3\" is not supported (expected: an IP address or a name; a rule"),
                arguments(
                        "'regexp:(': '10.0.0.1'", "dns.hosts[\"regexp:(\"]: domain: \"regexp:(\" (expected: a regular"),
                arguments("'xyz:a': '10.0.0.1'", "dns.hosts[\"xyz:a\"]: domain: \"xyz:a\" (expected: full:, domain:"),
                arguments("'': '10.0.0.1'", "(expected: \"full:\" and a domain name)"));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void refuses_what_is_no_host(String hosts, String message) {
        thenThrownBy(() -> Document.parse(document(hosts, "")))
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining(message);
    }

    @Test
    void a_list_that_is_not_there_is_no_fault_of_the_document() throws Exception {
        String strategy = ", 'settings': {'domainStrategy': 'UseIP'}";
        Document document = Document.parse(document("'geosite:no-such-list': '10.0.0.1'", strategy));
        thenThrownBy(document::node)
                .isInstanceOf(DocumentException.class)
                .hasMessageContaining("dns.hosts[\"geosite:no-such-list\"]: ");
    }

    private static String document(String hosts, String settings) {
        return ("{'dns': {'hosts': {" + hosts + "}}, 'outbounds': [{'tag': 'out', 'protocol': 'freedom'" + settings
                        + "}]}")
                .replace('\'', '"');
    }

    private static NameService table(String hosts, NameService others) throws DocumentException {
        Faults faults = new Faults();
        Value dns = JsonReader.read(("{'hosts': {" + hosts + "}}").replace('\'', '"'), "", faults);
        NameService table = HostsPart.read(Section.of("dns", dns, faults)).service(LISTS, others, faults);
        faults.throwIfUnusable();
        return table;
    }

    private static List<InetAddress> nobody(String name) throws UnknownHostException {
        throw new UnknownHostException("asked for " + name);
    }

    private static InetAddress ip(String text) throws UnknownHostException {
        return InetAddress.getByName(text);
    }

    private static List<String> texts(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).toList();
    }
}
