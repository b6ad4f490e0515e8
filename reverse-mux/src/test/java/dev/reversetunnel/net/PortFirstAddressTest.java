package dev.reversetunnel.net;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.AddressException.Reason;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes from the table of the address form; the cases of broken ones are what V2Ray and Xray were seen to refuse. */
@ExtendWith(BufferLeakExtension.class)
class PortFirstAddressTest {

    @ParameterizedTest
    @CsvSource({
        "0050 01 7f000001, 127.0.0.1, 80",
        "01bb 02 0b 6578616d706c652e636f6d, example.com, 443",
        "ffff 03 20010db8000000000000000000000001, 2001:db8::1, 65535",
        "0000 02 07 72657665727365, reverse, 0",
    })
    void reads_what_it_writes(String hex, String host, int port) {
        var destination = Destination.udp(host, port);
        ByteBuf out = Unpooled.buffer();
        PortFirstAddress.write(out, destination);

        then(Hex.of(out)).isEqualTo(hex.replace(" ", ""));
        then(PortFirstAddress.length(destination)).isEqualTo(out.readableBytes());
        then(PortFirstAddress.read(out, Network.UDP)).isEqualTo(destination);
        then(out.isReadable()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "0050 02 09 3132372e302e302e31, 127.0.0.1",
        "0050 02 05 5b3a3a315d, ::1",
        "0050 03 00000000000000000000ffffc0000201, 192.0.2.1",
        "0050 02 09 3031302e302e302e31, 10.0.0.1",
    })
    void turns_ip_text_and_mapped_ipv4_into_the_address(String hex, String host) {
        then(PortFirstAddress.read(Hex.buffer(hex), Network.TCP)).isEqualTo(Destination.tcp(host, 80));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "'';                     TRUNCATED;      'address: 0 bytes left (expected: 3)'",
                "0050;                   TRUNCATED;      'address: 2 bytes left (expected: 3)'",
                "0050 01 7f0000;         TRUNCATED;      'address: 3 bytes left (expected: 4)'",
                "0050 03 20010db8;       TRUNCATED;      'address: 4 bytes left (expected: 16)'",
                "0050 02;                TRUNCATED;      'address: 0 bytes left (expected: 1)'",
                "0050 02 10 616263;      TRUNCATED;      'address: 3 bytes left (expected: 16)'",
                "0050 00 7f000001;       UNKNOWN_TYPE;   'address type: 0 (expected: 1~3)'",
                "0050 04 7f000001;       UNKNOWN_TYPE;   'address type: 4 (expected: 1~3)'",
                "0050 11 7f000001;       UNKNOWN_TYPE;   'address type: 17 (expected: 1~3)'",
                "0050 02 00;             INVALID_DOMAIN; 'domain: host: 0 characters (expected: 1~255)'",
                "0050 02 03 3a3a31;      INVALID_DOMAIN; 'domain: holds a colon'",
                "0050 02 04 61206263;    INVALID_DOMAIN; ",
                "0050 02 04 c3a4c3b6;    INVALID_DOMAIN; ",
                "0050 02 05 5b3a3a7a5d;  INVALID_DOMAIN; ",
            })
    void says_what_is_wrong(String hex, Reason reason, @Nullable String message) {
        thenThrownBy(() -> PortFirstAddress.read(Hex.buffer(hex), Network.TCP))
                .isInstanceOfSatisfying(AddressException.class, e -> {
                    then(e.reason()).isEqualTo(reason);
                    then(e).hasMessageStartingWith(message == null ? "domain: host: \"" : message);
                });
    }

    @Test
    void leaves_alone_what_follows() {
        ByteBuf in = Hex.buffer("0050 01 7f000001 | aabb");
        then(PortFirstAddress.read(in, Network.TCP)).isEqualTo(Destination.tcp("127.0.0.1", 80));
        then(Hex.of(in)).isEqualTo("aabb");
    }
}
