package dev.reversetunnel.geo;

import static dev.reversetunnel.geo.DatFiles.cidr;
import static dev.reversetunnel.geo.DatFiles.domain;
import static dev.reversetunnel.geo.DatFiles.inverse;
import static dev.reversetunnel.geo.DatFiles.list;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.AddressSet;
import dev.reversetunnel.DomainSet;
import dev.reversetunnel.DomainStrategy;
import dev.reversetunnel.GeoData;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.net.Destination;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GeoFilesTest {
    @TempDir
    private Path folder;

    private static boolean has(GeoData lists, String code, String address) throws IOException {
        AddressSet set = lists.ip(code).orElseThrow();
        return set.contains(InetAddress.getByName(address));
    }

    // ---- V2Ray's formats ----

    @Test
    void knows_all_kinds_of_domains() throws Exception {
        DomainSet china = GeoFiles.in(DatFiles.folder(folder)).site("cn").orElseThrow();
        then(List.of("cn", "www.example.cn", "baidu7.com", "my.taobao.com", "www.qq.com"))
                .allSatisfy(name -> then(china.contains(name)).isTrue());
        then(List.of("example.com", "www.baidu7.com", "qq.com"))
                .allSatisfy(name -> then(china.contains(name)).isFalse());
    }

    @Test
    void codes_are_found_in_any_case() throws Exception {
        GeoFiles lists = GeoFiles.in(DatFiles.folder(folder));
        then(lists.site("CATEGORY-ads-all")).isPresent();
        then(lists.ip("De")).isPresent();
    }

    @Test
    void attributes_choose_domains_of_a_list() throws Exception {
        GeoFiles lists = GeoFiles.in(DatFiles.folder(folder));
        DomainSet china = lists.site("google@cn").orElseThrow();
        then(china.contains("www.google.cn")).isTrue();
        then(china.contains("ads.google.cn")).isTrue();
        then(china.contains("google.com")).isFalse();

        DomainSet both = lists.site("google@ads@CN").orElseThrow();
        then(both.contains("ads.google.cn")).isTrue();
        then(both.contains("www.google.cn")).isFalse();
        then(both.contains("doubleclick.net")).isFalse();
        then(lists.site("google@none")).isEmpty();
    }

    @Test
    void knows_blocks_of_both_families() throws Exception {
        GeoFiles lists = GeoFiles.in(DatFiles.folder(folder));
        then(has(lists, "cn", "1.0.1.255")).isTrue();
        then(has(lists, "cn", "1.0.2.0")).isFalse();
        then(has(lists, "cn", "2001:250:1fff::1")).isTrue();
        then(has(lists, "cn", "2001:250:2000::1")).isFalse();
        then(has(lists, "de", "2.23.255.255")).isTrue();
        then(has(lists, "de", "5.1.2.3")).isTrue();
    }

    @Test
    void an_external_file_is_named_by_the_rule() throws Exception {
        DatFiles.write(folder.resolve("mine.dat"), list("TAG", domain(3, "mine.example")));
        DatFiles.write(folder.resolve("my-ip.dat"), list("TAG", cidr("192.0.2.0", 24)));
        GeoFiles lists = GeoFiles.in(folder);
        then(lists.site("mine.dat:tag").orElseThrow().contains("mine.example")).isTrue();
        then(has(lists, "my-ip.dat:tag", "192.0.2.7")).isTrue();
        try (ReverseTunnel node = ReverseTunnel.node()
                .inbound("in", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound("mine", Outbound.direct())
                .outbound("others", Outbound.direct())
                .geo(lists)
                .domainStrategy(DomainStrategy.AS_IS)
                .route(Rule.any().domain("ext-domain:mine.dat:TAG").to("mine"))
                .route(Rule.any().ip("ext:my-ip.dat:!tag").to("others"))
                .route(Rule.any().ip("ext-ip:my-ip.dat:tag").to("mine"))
                .start()) {
            then(to(node, "mine.example")).isEqualTo("mine");
            then(to(node, "192.0.2.7")).isEqualTo("mine");
            then(to(node, "192.0.3.7")).isEqualTo("others");
        }
    }

    @Test
    void files_may_have_other_names_and_be_elsewhere() throws Exception {
        DatFiles.folder(folder);
        GeoFiles lists = GeoFiles.in(folder.resolve("nowhere"))
                .sites(folder.resolve("geosite.dat"))
                .addresses(folder.resolve("geoip.dat"));
        then(lists.site("google")).isPresent();
        then(lists.ip("cn")).isPresent();
    }

    @Test
    void looks_where_the_environment_says() throws Exception {
        DatFiles.folder(folder);
        then(GeoFiles.installed(Map.of("V2RAY_LOCATION_ASSET", folder.toString()))
                        .site("google"))
                .isPresent();
        then(GeoFiles.installed(Map.of("XRAY_LOCATION_ASSET", folder.toString(), "V2RAY_LOCATION_ASSET", "/nowhere"))
                        .ip("cn"))
                .isPresent();
    }

    // ---- MaxMind's format ----

    @Test
    void knows_countries_of_max_mind() throws Exception {
        Path file = folder.resolve("GeoLite2-Country.mmdb");
        new MaxMindFile()
                .with("1.0.1.0", 24, Map.of("country", Map.of("iso_code", "CN")))
                .with("2.16.0.0", 13, Map.of("registered_country", Map.of("iso_code", "DE")))
                .with("81.2.69.160", 27, Map.of("country_code", "GB"))
                .with("2001:250::", 35, Map.of("country", Map.of("iso_code", "CN")))
                .with("9.0.0.0", 8, Map.of("traits", Map.of("is_anonymous", "no country")))
                .write(file);
        GeoFiles lists = GeoFiles.in(folder).addresses(file);
        then(has(lists, "cn", "1.0.1.255")).isTrue();
        then(has(lists, "cn", "1.0.2.0")).isFalse();
        then(has(lists, "CN", "2001:250::1")).isTrue();
        then(has(lists, "de", "2.23.255.255")).isTrue();
        then(has(lists, "gb", "81.2.69.161")).isTrue();
        then(has(lists, "gb", "9.1.2.3")).isFalse();
        then(lists.ip("us")).isEmpty();
        then(lists.missing("geoip:us")).contains("no list \"us\" among the 3 of " + file);
    }

    @Test
    void knows_files_whose_records_are_codes_alone() throws Exception {
        Path file = folder.resolve("country.mmdb");
        new MaxMindFile().with("1.0.1.0", 24, "CN").write(file);
        then(has(GeoFiles.in(folder).addresses(file), "cn", "1.0.1.1")).isTrue();
        then(has(GeoFiles.in(folder), "country.mmdb:cn", "1.0.1.1")).isTrue();
    }

    @Test
    void says_what_is_wrong_with_a_file_of_max_mind() throws Exception {
        Path file = folder.resolve("x.mmdb");
        GeoFiles lists = GeoFiles.in(folder).addresses(file);
        thenThrownBy(() -> lists.ip("cn"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file + "; get one from https://dev.maxmind.com/geoip");
        Files.writeString(file, "no database");
        thenThrownBy(() -> lists.ip("cn"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("cannot read " + file)
                .hasMessageContaining("expected: a file in MaxMind's format");
        new MaxMindFile().with("9.0.0.0", 8, Map.of("asn", "AS1")).write(file);
        thenThrownBy(() -> lists.ip("cn")).hasMessageContaining("no country in it");
    }

    // ---- faults ----

    @Test
    void an_unknown_code_is_a_fault_that_names_the_file_and_similar_codes() throws Exception {
        GeoFiles lists = GeoFiles.in(DatFiles.folder(folder));
        then(lists.site("gogle")).isEmpty();
        then(lists.missing("geosite:gogle"))
                .isEqualTo(
                        "no list \"gogle\" among the 3 of " + folder.resolve("geosite.dat") + "; similar are google");
        then(lists.missing("geosite:ads")).endsWith("; similar are category-ads-all");
        then(lists.missing("geosite:google@us"))
                .isEqualTo("no domain of list \"google\" in " + folder.resolve("geosite.dat")
                        + " has the attribute @us; there are @ads, @cn");
        then(lists.missing("geosite:cn@ads")).endsWith("has the attribute @ads; there are none");
        then(lists.missing("geoip:ed"))
                .startsWith("no list \"ed\" among the 3 of " + folder.resolve("geoip.dat"))
                .doesNotContain("private");
    }

    @Test
    void a_node_does_not_start_with_a_list_that_is_not_there() throws Exception {
        ReverseTunnel.Builder node = ReverseTunnel.node()
                .inbound("in", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound("refuse", Outbound.refuse())
                .geo(GeoFiles.in(DatFiles.folder(folder)))
                .route(Rule.any().domain("geosite:gogle").to("refuse"))
                .route(Rule.any().ip("geoip:xx").to("refuse"))
                .route(Rule.any().domain("ext:none.dat:tag").to("refuse"));
        thenThrownBy(node::start)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("domain: \"geosite:gogle\" (no list \"gogle\" among the 3 of ")
                .hasMessageContaining("ip: \"geoip:xx\" (no list \"xx\" among the 3 of ")
                .hasMessageContaining("there is no file " + folder.resolve("none.dat"));
    }

    @Test
    void rules_go_by_lists() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                .inbound("in", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound("sites", Outbound.direct())
                .outbound("addresses", Outbound.direct())
                .outbound("others", Outbound.direct())
                .geo(GeoFiles.in(DatFiles.folder(folder)))
                .names(host -> List.of(InetAddress.getAllByName("1.0.1.7")))
                .route(Rule.any().domain("geosite:google@ads").to("sites"))
                .route(Rule.any()
                        .ip("geoip:cn", "geoip:!private")
                        .source("!geoip:cn")
                        .to("others"))
                .route(Rule.any().ip("geoip:cn").to("addresses"))
                .start()) {
            then(to(node, "www.doubleclick.net")).isEqualTo("sites");
            then(to(node, "1.0.1.1")).isEqualTo("addresses");
            then(to(node, "www.google.com")).isEqualTo("addresses");
            then(to(node, "9.9.9.9")).isEmpty();
        }
    }

    private static String to(ReverseTunnel node, String host) {
        return node.explain(new Request(Destination.tcp(host, 80), "in")).join().to();
    }

    @Test
    void says_where_a_missing_file_comes_from() {
        GeoFiles lists = GeoFiles.in(folder);
        thenThrownBy(() -> lists.site("cn"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("there is no file " + folder.resolve("geosite.dat")
                        + "; get one from https://github.com/v2fly/domain-list-community/releases");
        thenThrownBy(() -> lists.ip("cn")).hasMessageEndingWith("https://github.com/v2fly/geoip/releases");
    }

    @Test
    void says_what_to_add_where_protobuf_is_not_there() throws Exception {
        DatFiles.folder(folder);
        URL[] others = Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .filter(path -> !path.contains("protobuf"))
                .map(GeoFilesTest::url)
                .toArray(URL[]::new);
        try (URLClassLoader loader = new URLClassLoader(others, ClassLoader.getPlatformClassLoader())) {
            Class<?> files = loader.loadClass(GeoFiles.class.getName());
            Object lists = files.getMethod("in", Path.class).invoke(null, folder);
            thenThrownBy(() -> files.getMethod("site", String.class).invoke(lists, "cn"))
                    .cause()
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("add com.google.protobuf:protobuf-javalite to the class path");
        }
    }

    private static URL url(String path) {
        try {
            return Path.of(path).toUri().toURL();
        } catch (MalformedURLException e) {
            throw new IllegalArgumentException(e);
        }
    }

    @Test
    void says_what_is_wrong_inside_of_a_file() throws Exception {
        Path file = folder.resolve("geosite.dat");
        DatFiles.write(file, list("X", domain(7, "x")), list("Y", domain(1, "(")), list("Z", domain(3, "")));
        GeoFiles lists = GeoFiles.in(folder);
        for (String code : List.of("x", "y", "z")) {
            thenThrownBy(() -> lists.site(code))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot read " + file);
        }
        Path ip = folder.resolve("geoip.dat");
        DatFiles.write(ip, list("BAD", cidr("10.0.0.0", 33)), inverse(list("NOT", cidr("10.0.0.0", 8))));
        thenThrownBy(() -> lists.ip("bad")).hasMessageContaining("prefix: 33 (expected: 0~32)");
        thenThrownBy(() -> lists.ip("not")).hasMessageContaining("write geoip:!code");
    }

    @Test
    void a_damaged_file_is_told_and_breaks_nothing_else() throws Exception {
        Random random = new Random(20_261_121);
        DatFiles.folder(folder);
        byte[] whole = Files.readAllBytes(folder.resolve("geosite.dat"));
        Path damaged = folder.resolve("damaged.dat");
        for (int round = 0; round < 2_000; round++) {
            byte[] bytes = Arrays.copyOf(whole, 1 + random.nextInt(whole.length));
            for (int i = random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            Files.write(damaged, bytes);
            for (String code : DatFiles.codes()) {
                try {
                    GeoFiles lists = GeoFiles.in(folder).sites(damaged).addresses(damaged);
                    then(lists.site(code)).isNotNull();
                    then(lists.ip(code)).isNotNull();
                } catch (IllegalArgumentException e) {
                    then(e).hasMessageContaining("damaged.dat");
                }
            }
        }
    }
}
