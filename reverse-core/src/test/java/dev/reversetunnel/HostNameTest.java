package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostNameTest {
    @ParameterizedTest
    @CsvSource({
        "shop.example, shop.example",
        "SHOP.Example, shop.example",
        "shop.example., shop.example",
        "shop.example:8080, shop.example",
        "shop.example.:443, shop.example",
        "shop.example:, shop.example",
        "ada:secret@shop.example:80, shop.example",
        "localhost, localhost",
        "xn--bcher-kva.example, xn--bcher-kva.example",
        "_dmarc.my_shop.example, _dmarc.my_shop.example",
        "1.2.3.4.example, 1.2.3.4.example",
        "123.de, 123.de",
        "0x7f.example, 0x7f.example",
    })
    void a_host_is_named(String authority, String name) {
        then(HostName.ofAuthority(authority)).isEqualTo(name);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ".",
                ":80",
                "..",
                "shop..example",
                ".shop.example",
                "shop.example..",
                "shop example",
                "shop.example/",
                "shop.example:80:80",
                "shop.example:eighty",
                "shop.example:800000",
                "bücher.example",
                "a,b",
                "shop.example\0",
                "192.0.2.1",
                "192.0.2.1:80",
                "192.0.2.1.",
                "[2001:db8::1]",
                "[2001:db8::1]:443",
                "2001:db8::1",
                "2130706433",
                "127.1",
                "0x7f000001",
                "shop.0x7f",
                "shop.0x",
            })
    void what_is_no_name_is_none(String authority) {
        then(HostName.ofAuthority(authority)).isEmpty();
    }

    @Test
    void names_are_as_long_as_dns_has_them() {
        String label = "a".repeat(63);
        then(HostName.of(label + ".example")).isEqualTo(label + ".example");
        then(HostName.of(label + "a.example")).isEmpty();
        String longest = (label + ".").repeat(3) + "a".repeat(61);
        then(HostName.of(longest)).hasSize(253);
        then(HostName.of(longest + "a")).isEmpty();
    }
}
