package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Request;
import dev.reversetunnel.net.Destination;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class AccessLogTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    private static Request from(InetSocketAddress source, String user) {
        return new Request(Destination.tcp("shop.example", 443), "in", user, Grant.CONNECT, source, null);
    }

    @Test
    void each_request_has_its_line_whoever_asks() {
        try (AccessLog log = new AccessLog(new PrintStream(out, false, StandardCharsets.UTF_8))) {
            log.requestRouted(from(new InetSocketAddress("192.0.2.7", 4_000), "ada"), "out");
            log.requestRouted(from(new InetSocketAddress("2001:db8::7", 4_000), ""), "out");
            log.requestRouted(from(InetSocketAddress.createUnresolved("visitor.example", 4_000), ""), "out");
            log.requestRefused(new Request(Destination.udp("8.8.8.8", 53), "in"), "no rule allows it");
        }
        then(out.toString(StandardCharsets.UTF_8).lines().map(line -> line.replaceFirst("^\\S+ \\S+ ", "")))
                .containsExactly(
                        "192.0.2.7:4000 accepted tcp:shop.example:443 [in -> out] email: ada",
                        "[2001:db8::7]:4000 accepted tcp:shop.example:443 [in -> out]",
                        "visitor.example:4000 accepted tcp:shop.example:443 [in -> out]",
                        "unknown rejected udp:8.8.8.8:53 [in] no rule allows it");
    }
}
