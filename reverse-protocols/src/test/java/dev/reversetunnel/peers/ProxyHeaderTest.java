package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    @Test
    void version_1_is_a_line() throws IOException {
        byte[] line = ProxyHeader.line(address("192.0.2.7", 4321), address("198.51.100.1", 443));

        then(line).asString().isEqualTo("PROXY TCP4 192.0.2.7 198.51.100.1 4321 443\r\n");
        then(read(line)).isEqualTo(new ProxyHeader(1, address("192.0.2.7", 4321), address("198.51.100.1", 443)));
    }

    @Test
    void version_2_is_binary() throws IOException {
        then(read(hex(SIGNATURE + "2111000c c0000207 c6336401 10e1 01bb")))
                .isEqualTo(new ProxyHeader(2, address("192.0.2.7", 4321), address("198.51.100.1", 443)));
    }

    @Test
    void what_follows_the_addresses_of_version_2_is_passed_over() throws IOException {
        DataInputStream input = new DataInputStream(new ByteArrayInputStream(
                hex(SIGNATURE + "21210028 00000000000000000000000000000001 00000000000000000000000000000002 0001 0002"
                        + "04000100 47")));

        then(ProxyHeader.read(input)).isEqualTo(new ProxyHeader(2, address("::1", 1), address("::2", 2)));
        then(input.read()).isEqualTo('G');
    }

    @Test
    void anything_else_is_refused() {
        thenThrownBy(() -> read(hex("474554202f"))).hasMessageContaining("byte 0: 71 (expected: 13)");
        thenThrownBy(() -> read(hex("50524f58590d0a"))).hasMessageContaining("six words");
        thenThrownBy(() -> read(hex(SIGNATURE + "20000000"))).hasMessageContaining("32, 0");
    }

    private static ProxyHeader read(byte[] bytes) throws IOException {
        return ProxyHeader.read(new DataInputStream(new ByteArrayInputStream(bytes)));
    }

    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text.replace(" ", ""));
    }

    private static InetSocketAddress address(String host, int port) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(host), port);
    }
}
