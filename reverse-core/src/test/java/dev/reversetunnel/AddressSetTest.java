package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.math.BigInteger;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressSetTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.255.255, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.0.0.0/8, 9.255.255.255, false",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.0, false",
        "192.0.2.77/24, 192.0.2.3, true",
        "0.0.0.0/0, 255.255.255.255, true",
        "0.0.0.0/0, 2001:db8::1, false",
        "255.255.255.255, 255.255.255.255, true",
        "128.0.0.0/1, 127.255.255.255, false",
        "128.0.0.0/1, 128.0.0.0, true",
        "2001:db8::/32, 2001:db8:ffff::1, true",
        "2001:db8::/32, 2001:db9::, false",
        "::/0, ff02::1, true",
        "::/0, 10.0.0.1, false",
        "::1, ::1, true",
        "fe80::/10, febf:ffff::1, true",
        "2001:db8::/126, 2001:db8::3, true",
        "2001:db8::/126, 2001:db8::4, false",
        "::ffff:10.0.0.0/104, 10.1.2.3, true",
        "::ffff:192.0.2.1, 192.0.2.1, true",
    })
    void holds_what_is_in_its_blocks(String block, String address, boolean expected) throws UnknownHostException {
        then(AddressSet.of(block).contains(InetAddress.getByName(address))).isEqualTo(expected);
    }

    @Test
    void an_empty_set_holds_nothing() throws UnknownHostException {
        then(AddressSet.empty().contains(InetAddress.getByName("10.0.0.1"))).isFalse();
        then(AddressSet.empty().contains(InetAddress.getByName("::"))).isFalse();
        then(AddressSet.of("10.0.0.0/8").containsAny(List.of())).isFalse();
    }

    @Test
    void joins_blocks_that_touch() {
        then(AddressSet.of(
                        "10.0.0.0/9",
                        "10.128.0.0/9",
                        "10.1.0.0/16",
                        "0.0.0.0/8",
                        "2001:db8::/33",
                        "2001:db8:8000::/33"))
                .hasToString("addresses in 2 ranges of IPv4 and 1 of IPv6");
        then(AddressSet.of("255.255.255.255", "0.0.0.0", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"))
                .hasToString("addresses in 2 ranges of IPv4 and 2 of IPv6");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10.0.0",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/",
                "10.0.0.0/8/8",
                "/8",
                "::/129",
                "[::1]",
                "fe80::1%eth0",
                "example.com",
                "10.0.0.256"
            })
    void refuses_what_is_no_block(String block) {
        thenThrownBy(() -> AddressSet.of(block))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("ip: \"" + block)
                .hasMessageContaining("expected");
    }

    @Test
    void refuses_bytes_that_are_no_address() {
        thenThrownBy(() -> AddressSet.builder().add(new byte[5], 8)).hasMessage("ip: 5 bytes (expected: 4 or 16)");
        thenThrownBy(() -> AddressSet.builder().add(new byte[4], 33)).hasMessage("prefix: 33 (expected: 0~32)");
    }

    @Test
    void holds_the_same_as_a_simple_search_finds() throws UnknownHostException {
        Random random = new Random(20_261_123);
        for (int round = 0; round < 300; round++) {
            int bytes = round % 2 == 0 ? 4 : 16;
            List<byte[]> blocks = new ArrayList<>();
            List<Integer> prefixes = new ArrayList<>();
            AddressSet.Builder builder = AddressSet.builder();
            for (int i = 0; i < 1 + random.nextInt(30); i++) {
                byte[] block = address(random, bytes);
                int prefix = random.nextInt(bytes * 8 + 1);
                blocks.add(block);
                prefixes.add(prefix);
                builder.add(block, prefix);
            }
            AddressSet set = builder.build();
            for (int i = 0; i < 100; i++) {
                byte[] address = address(random, bytes);
                boolean expected = false;
                for (int k = 0; k < blocks.size(); k++) {
                    int shift = bytes * 8 - prefixes.get(k);
                    expected |= new BigInteger(1, address)
                            .shiftRight(shift)
                            .equals(new BigInteger(1, blocks.get(k)).shiftRight(shift));
                }
                then(set.contains(InetAddress.getByAddress(address))).isEqualTo(expected);
            }
        }
    }

    /** Of few values, so that blocks overlap and touch. */
    private static byte[] address(Random random, int length) {
        byte[] address = new byte[length];
        for (int i = 0; i < length; i++) {
            address[i] = (byte) (random.nextInt(4) * 85);
        }
        return address;
    }
}
