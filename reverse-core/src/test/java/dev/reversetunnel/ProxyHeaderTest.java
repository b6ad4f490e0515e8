package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes that a backend gets, by the examples of the PROXY protocol's document. */
class ProxyHeaderTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    private static final String LINE = "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n";

    private final Backend backend = new Backend();

    @AfterEach
    void end() {
        backend.finishAndReleaseAll();
    }

    private static @Nullable InetSocketAddress socket(@Nullable String address, int port) {
        return address == null ? null : new InetSocketAddress(address, port);
    }

    private static Request request(@Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        return new Request(Destination.tcp("shop.example", 80), "bridge", "", Grant.CONNECT, source, local);
    }

    private static ByteBuf header(ProxyProtocol version, Request request) {
        EmbeddedChannel channel = new EmbeddedChannel();
        ProxyHeader.write(request, version, channel);
        channel.flush();
        ByteBuf header = channel.readOutbound();
        then(channel.finish()).isFalse();
        return header;
    }

    private static String line(@Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        ByteBuf header = header(ProxyProtocol.V1, request(source, local));
        String line = header.toString(StandardCharsets.US_ASCII);
        header.release();
        return line;
    }

    private static String binary(@Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        ByteBuf header = header(ProxyProtocol.V2, request(source, local));
        String hex = Hex.of(header);
        header.release();
        return hex;
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,   198.51.100.1, PROXY TCP4 192.0.2.7 198.51.100.1 40000 443",
        "2001:db8::7, 2001:db8::1,  PROXY TCP6 2001:db8::7 2001:db8::1 40000 443",
        "192.0.2.7,   2001:db8::1,  PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 40000 443",
        "2001:db8::7, 198.51.100.1, PROXY TCP6 2001:db8::7 ::ffff:198.51.100.1 40000 443",
    })
    void version_1_is_a_line_of_text(String source, String local, String line) {
        then(line(socket(source, 40_000), socket(local, 443))).isEqualTo(line + "\r\n");
    }

    @Test
    void version_1_says_when_nobody_is_known() {
        then(line(null, null)).isEqualTo("PROXY UNKNOWN\r\n");
        then(line(null, socket("198.51.100.1", 443))).isEqualTo("PROXY UNKNOWN\r\n");
        then(line(InetSocketAddress.createUnresolved("visitor.example", 1), null))
                .isEqualTo("PROXY UNKNOWN\r\n");
    }

    @Test
    void an_unknown_local_address_is_the_unspecified_one() {
        then(line(socket("192.0.2.7", 40_000), null)).isEqualTo("PROXY TCP4 192.0.2.7 0.0.0.0 40000 0\r\n");
        then(line(socket("2001:db8::7", 40_000), null)).isEqualTo("PROXY TCP6 2001:db8::7 :: 40000 0\r\n");
        then(line(socket("192.0.2.7", 40_000), InetSocketAddress.createUnresolved("portal.example", 443)))
                .isEqualTo("PROXY TCP4 192.0.2.7 0.0.0.0 40000 0\r\n");
    }

    @ParameterizedTest
    @CsvSource({
        "192.0.2.7,   198.51.100.1, 21 11 000c c0000207 c6336401 9c40 01bb",
        "2001:db8::7, 2001:db8::1,  21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 9c40 01bb",
        "192.0.2.7,   2001:db8::1,  21 21 0024 00000000000000000000ffffc0000207 20010db8000000000000000000000001 9c40 01bb",
        "2001:db8::7, 198.51.100.1, 21 21 0024 20010db8000000000000000000000007 00000000000000000000ffffc6336401 9c40 01bb",
    })
    void version_2_is_binary(String source, String local, String hex) {
        then(binary(socket(source, 40_000), socket(local, 443))).isEqualTo(SIGNATURE + hex.replace(" ", ""));
    }

    @Test
    void version_2_is_local_when_nobody_is_known() {
        then(binary(null, null)).isEqualTo(SIGNATURE + "20000000");
        then(binary(null, socket("198.51.100.1", 443))).isEqualTo(SIGNATURE + "20000000");
    }

    // ---- in front of a channel ----

    private Future<Channel> inFrontOf(Future<Channel> dialling) {
        Request request = request(socket("192.0.2.7", 40_000), socket("198.51.100.1", 443));
        return ProxyHeader.inFront(dialling, request, ProxyProtocol.V1, backend.eventLoop());
    }

    @Test
    void the_header_goes_out_in_one_write_with_what_the_visitor_has_said_already() {
        Future<Channel> dialled = inFrontOf(backend.eventLoop().newSucceededFuture(backend));
        then(dialled.getNow()).isSameAs(backend);
        then(backend.writes).isEmpty();

        backend.writeAndFlush(Hex.buffer("6869"));
        backend.runPendingTasks();

        then(backend.writes).containsExactly(LINE + "hi");
    }

    @Test
    void the_header_goes_out_alone_when_the_visitor_is_silent() {
        inFrontOf(backend.eventLoop().newSucceededFuture(backend));
        backend.runPendingTasks();
        then(backend.writes).containsExactly(LINE);

        backend.writeAndFlush(Hex.buffer("6869"));
        then(backend.writes).containsExactly(LINE, "hi");
        then(backend.pipeline().names()).hasSize(1); // the tail
    }

    @Test
    void a_dial_that_failed_gets_none() {
        IOException cause = new IOException("refused");
        then(inFrontOf(backend.eventLoop().newFailedFuture(cause)).cause()).isSameAs(cause);
        then(backend.writes).isEmpty();
    }

    /** Remembers what each write of a socket would have carried. */
    private static final class Backend extends EmbeddedChannel {
        final List<String> writes = new ArrayList<>();

        @Override
        protected void doWrite(ChannelOutboundBuffer in) throws Exception {
            StringBuilder write = new StringBuilder();
            for (ByteBuf part = (ByteBuf) in.current(); part != null; part = (ByteBuf) in.current()) {
                write.append(part.toString(StandardCharsets.US_ASCII));
                in.remove();
            }
            writes.add(write.toString());
        }
    }
}
