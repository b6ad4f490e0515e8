package dev.reversetunnel.net;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.AddressException.Reason;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes from RFC 1928, 5. */
class PortLastAddressTest {

    @ParameterizedTest
    @CsvSource({
        "01 7f000001 0050, 127.0.0.1, 80",
        "03 0b 6578616d706c652e636f6d 01bb, example.com, 443",
        "04 20010db8000000000000000000000001 ffff, 2001:db8::1, 65535",
        "03 07 72657665727365 0000, reverse, 0",
    })
    void reads_what_it_writes(String hex, String host, int port) {
        var destination = Destination.udp(host, port);
        ByteBuf out = Unpooled.buffer();
        PortLastAddress.write(out, destination);

        then(Hex.of(out)).isEqualTo(hex.replace(" ", ""));
        then(PortLastAddress.length(destination)).isEqualTo(out.readableBytes());
        then(PortLastAddress.read(out, Network.UDP)).isEqualTo(destination);
        then(out.isReadable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "03 09 3132372e302e302e31 0050, 127.0.0.1",
        "03 05 5b3a3a315d 0050, ::1",
        "04 00000000000000000000ffffc0000201 0050, 192.0.2.1",
    })
    void turns_ip_text_and_mapped_ipv4_into_the_address(String hex, String host) {
        then(PortLastAddress.read(Hex.buffer(hex), Network.TCP)).isEqualTo(Destination.tcp(host, 80));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'';                     TRUNCATED;      'address: 0 bytes left (expected: 1)'",
                "01 7f0000;              TRUNCATED;      'address: 3 bytes left (expected: 4)'",
                "01 7f000001 00;         TRUNCATED;      'address: 1 bytes left (expected: 2)'",
                "04 20010db8;            TRUNCATED;      'address: 4 bytes left (expected: 16)'",
                "03;                     TRUNCATED;      'address: 0 bytes left (expected: 1)'",
                "03 10 616263;           TRUNCATED;      'address: 3 bytes left (expected: 16)'",
                "00 7f000001 0050;       UNKNOWN_TYPE;   'address type: 0 (expected: 1, 3, 4)'",
                "02 7f000001 0050;       UNKNOWN_TYPE;   'address type: 2 (expected: 1, 3, 4)'",
                "11 7f000001 0050;       UNKNOWN_TYPE;   'address type: 17 (expected: 1, 3, 4)'",
                "03 00 0050;             INVALID_DOMAIN; 'domain: host: 0 characters (expected: 1~255)'",
                "03 03 3a3a31 0050;      INVALID_DOMAIN; 'domain: holds a colon'",
                "03 04 61206263 0050;    INVALID_DOMAIN; ",
            })
    void says_what_is_wrong(String hex, Reason reason, @Nullable String message) {
        thenThrownBy(() -> PortLastAddress.read(Hex.buffer(hex), Network.TCP))
                .isInstanceOfSatisfying(AddressException.class, e -> {
                    then(e.reason()).isEqualTo(reason);
                    then(e).hasMessageStartingWith(message == null ? "domain: host: \"" : message);
                });
    }

    @Test
    void none_is_longer_than_it_says() {
        Destination longest = Destination.tcp("a".repeat(Destination.MAX_DOMAIN_LENGTH), 1);
        then(PortLastAddress.length(longest)).isEqualTo(PortLastAddress.MAX_LENGTH);
    }

    @Test
    void leaves_alone_what_follows() {
        ByteBuf in = Hex.buffer("01 7f000001 0050 | aabb");
        then(PortLastAddress.read(in, Network.TCP)).isEqualTo(Destination.tcp("127.0.0.1", 80));
        then(in.readableBytes()).isEqualTo(2);
    }
}
