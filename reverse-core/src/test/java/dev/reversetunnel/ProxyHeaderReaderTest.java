package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Headers by the PROXY protocol's document, in the pieces that a network may make of them. */
class ProxyHeaderReaderTest implements ProxyHeaderReader.Visitors {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";
    private static final String LINE = hex("PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\n");
    private static final String BINARY = SIGNATURE + "2111000c c0000207 c6336401 9c40 01bb";

    /** What became of the connection, and what its visitor said. */
    private final List<String> heard = new ArrayList<>();

    private final FromProxy connection = new FromProxy();

    ProxyHeaderReaderTest() {
        connection.freezeTime();
        connection.config().setAutoRead(false);
        ProxyHeaderReader.install(connection, this);
        connection.pipeline().fireChannelActive();
    }

    @AfterEach
    void end() {
        connection.finishAndReleaseAll();
    }

    @Override
    public void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        heard.add(text(source) + " to " + text(local));
        visitor.pipeline().addLast(new Payload());
        visitor.config().setAutoRead(true);
    }

    @Override
    public void refused(Channel proxy, String reason) {
        heard.add("refused: " + reason);
        proxy.close();
    }

    private static String text(@Nullable InetSocketAddress address) {
        return address == null ? "nobody" : address.getAddress().getHostAddress() + ' ' + address.getPort();
    }

    private static String hex(String text) {
        return ByteBufUtil.hexDump(text.getBytes(StandardCharsets.US_ASCII));
    }

    private void arrive(byte[] bytes, int from, int length) {
        connection.writeInbound(PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(bytes, from, length));
        connection.runPendingTasks();
    }

    private void arrive(String hex) {
        byte[] bytes = Hex.bytes(hex);
        arrive(bytes, 0, bytes.length);
    }

    @ParameterizedTest
    @CsvSource({
        "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443,   192.0.2.7 40000 to 198.51.100.1 443",
        "PROXY TCP6 2001:db8::7 2001:db8::1 40000 443,  2001:db8:0:0:0:0:0:7 40000 to 2001:db8:0:0:0:0:0:1 443",
        "PROXY TCP6 ::ffff:192.0.2.7 2001:db8::1 1 2,   192.0.2.7 1 to 2001:db8:0:0:0:0:0:1 2",
        "PROXY UNKNOWN,                                 10.1.2.3 5555 to 10.0.0.1 80",
        "PROXY UNKNOWN ffff::1 ffff::2 40000 443,       10.1.2.3 5555 to 10.0.0.1 80",
    })
    void reads_version_1(String line, String addresses) {
        arrive(hex(line + "\r\nhello"));
        then(heard).containsExactly(addresses, "hello");
    }

    @ParameterizedTest
    @CsvSource({
        "21 11 000c c0000207 c6336401 9c40 01bb, 192.0.2.7 40000 to 198.51.100.1 443",
        "21 21 0024 20010db8000000000000000000000007 20010db8000000000000000000000001 9c40 01bb, "
                + "2001:db8:0:0:0:0:0:7 40000 to 2001:db8:0:0:0:0:0:1 443",
        // a type-length-value that we do not know, and a checksum that nobody looks at
        "21 11 001b c0000207 c6336401 9c40 01bb ee 0005 6869686968 03 0004 deadbeef, 192.0.2.7 40000 to 198.51.100.1 443",
        // LOCAL, without and with addresses: the proxy itself
        "20 00 0000, 10.1.2.3 5555 to 10.0.0.1 80",
        "20 11 000c c0000207 c6336401 9c40 01bb, 10.1.2.3 5555 to 10.0.0.1 80",
        // UNSPEC; datagrams
        "21 00 0000, 10.1.2.3 5555 to 10.0.0.1 80",
        "21 12 000c c0000207 c6336401 9c40 01bb, 10.1.2.3 5555 to 10.0.0.1 80",
    })
    void reads_version_2(String header, String addresses) {
        arrive(SIGNATURE + header.replace(" ", "") + hex("hello"));
        then(heard).containsExactly(addresses, "hello");
    }

    @Test
    void who_was_refused_does_not_arrive_by_a_second_header() {
        arrive(hex("PROXY NOTHING\r\n") + LINE + hex("hello"));
        connection.close();
        connection.runPendingTasks();
        then(heard).hasSize(1).first().asString().startsWith("refused: ");
    }

    @Test
    void a_visitor_by_a_unix_socket_keeps_the_connections_addresses() {
        String path = hex("/run/web") + "00".repeat(100);
        arrive(SIGNATURE + "213100d8" + path + path + hex("hello"));
        then(heard).containsExactly("10.1.2.3 5555 to 10.0.0.1 80", "hello");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void reads_headers_however_they_are_cut(int version) {
        byte[] bytes = Hex.bytes((version == 1 ? LINE : BINARY) + hex("hello"));
        Random random = new Random(version);
        for (int at = 0; at < bytes.length; ) {
            int length = version == 3 ? Math.min(bytes.length - at, 1 + random.nextInt(20)) : 1;
            arrive(bytes, at, length);
            at += length;
        }
        then(heard.get(0)).isEqualTo("192.0.2.7 40000 to 198.51.100.1 443");
        then(String.join("", heard.subList(1, heard.size()))).isEqualTo("hello");
        then(connection.pipeline().toMap().values()).hasExactlyElementsOfTypes(Payload.class);
    }

    @Test
    void what_follows_is_held_until_somebody_reads() {
        // GIVEN a visitor who has said all that he has to say
        connection.writeInbound(
                PooledByteBufAllocator.DEFAULT.directBuffer().writeBytes(Hex.bytes(BINARY + hex("hello"))));
        connection.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        // WHEN
        connection.runPendingTasks();
        // THEN
        then(heard).containsExactly("192.0.2.7 40000 to 198.51.100.1 443", "hello", "end");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 40000\r\n",
                "PROXY TCP4 visitor.example 198.51.100.1 40000 443\r\n",
                "PROXY TCP4 2001:db8::7 2001:db8::1 40000 443\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 70000 443\r\n",
                "PROXY TCP5 192.0.2.7 198.51.100.1 40000 443\r\n",
                "proxy TCP4 192.0.2.7 198.51.100.1 40000 443\r\n",
                "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443 and on, and on, and on, and on, and on, and on, and on, and on, and on"
            })
    void refuses_what_is_no_line(String line) {
        arrive(hex(line));
        then(heard).containsExactly("refused: it sent no valid header of the PROXY protocol; is it switched on there?");
        then(connection.isOpen()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "31 11 000c c0000207 c6336401 9c40 01bb", // version 3
                "22 11 000c c0000207 c6336401 9c40 01bb", // command 2
                "21 41 000c c0000207 c6336401 9c40 01bb", // family 4
                "21 13 000c c0000207 c6336401 9c40 01bb", // transport 3
                "21 11 000b c0000207 c6336401 9c40 01", // too short for its family
                "21 21 000c c0000207 c6336401 9c40 01bb",
            })
    void refuses_what_is_not_version_2(String header) {
        arrive(SIGNATURE + header.replace(" ", ""));
        then(heard).containsExactly("refused: it sent no valid header of the PROXY protocol; is it switched on there?");
        then(connection.isOpen()).isFalse();
    }

    @Test
    void refuses_what_is_longer_than_anybody_needs() {
        arrive(SIGNATURE + "2111 ffff" + "00".repeat(4_000));
        then(heard).isEmpty();
        arrive("00".repeat(1_000));
        then(heard).containsExactly("refused: it sent no valid header of the PROXY protocol; is it switched on there?");
    }

    @Test
    void refuses_who_sends_none_in_10_seconds() {
        arrive(LINE.substring(0, LINE.length() - 2));
        connection.advanceTimeBy(9_999, TimeUnit.MILLISECONDS);
        connection.runPendingTasks();
        then(heard).isEmpty();

        connection.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        connection.runPendingTasks();
        then(heard).containsExactly("refused: no header of the PROXY protocol came within 10000 ms");
        then(connection.isOpen()).isFalse();
    }

    @Test
    void has_patience_for_ever_behind_the_header() {
        arrive(LINE);
        connection.advanceTimeBy(1, TimeUnit.HOURS);
        connection.runPendingTasks();
        then(connection.isOpen()).isTrue();
        then(heard).hasSize(1);
    }

    @Test
    void refuses_who_ends_before_the_header_is_complete() {
        arrive(LINE.substring(0, LINE.length() - 2));
        connection.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(heard).containsExactly("refused: it ended before a header of the PROXY protocol was complete");
    }

    @Test
    void says_nothing_of_a_connection_that_is_lost_before() {
        connection.pipeline().fireExceptionCaught(new IOException("Connection reset"));
        connection.advanceTimeBy(1, TimeUnit.HOURS);
        connection.runPendingTasks();
        then(heard).isEmpty();
        then(connection.isOpen()).isFalse();
    }

    /** From 10.1.2.3, to 10.0.0.1. */
    private static final class FromProxy extends EmbeddedChannel {
        @Override
        protected SocketAddress remoteAddress0() {
            return new InetSocketAddress("10.1.2.3", 5_555);
        }

        @Override
        protected SocketAddress localAddress0() {
            return new InetSocketAddress("10.0.0.1", 80);
        }
    }

    private final class Payload extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            heard.add(bytes.toString(StandardCharsets.US_ASCII));
            bytes.release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            heard.add(event == ChannelInputShutdownEvent.INSTANCE ? "end" : "event " + event);
        }
    }
}
