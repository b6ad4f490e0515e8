package dev.reversetunnel;

import static dev.reversetunnel.SniffRig.NOTHING;
import static dev.reversetunnel.SniffRig.ascii;
import static dev.reversetunnel.SniffRig.found;
import static org.assertj.core.api.BDDAssertions.then;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is found in what visitors say first, however it comes in, and that all of it is there afterwards. */
class SnifferTest {
    private static final Sniffing ALL = Sniffing.of(Sniffed.HTTP, Sniffed.TLS, Sniffed.BITTORRENT);
    private static final String REQUEST = "GET / HTTP/1.1\r\nHost: shop.example\r\n\r\n";

    private static Sniffed http(String name) {
        return new Sniffed("http", name);
    }

    private static Sniffed tls(String name) {
        return new Sniffed("tls", name);
    }

    private static Arguments says(String text, Sniffed expected) {
        return Arguments.of(ascii(text), expected);
    }

    static Stream<Arguments> openings() {
        byte[] hello = Hellos.naming("Shop.Example");
        return Stream.of(
                says(REQUEST, http("shop.example")),
                says("GET / HTTP/1.1\r\nhOsT:Shop.EXAMPLE.:8080\r\nAccept: */*\r\n\r\n", http("shop.example")),
                says(
                        "POST /a?b HTTP/1.0\r\nContent-Length: 4\r\nHost:  shop.example \r\n\r\nbody",
                        http("shop.example")),
                says("GET http://Other.example:80/a HTTP/1.1\r\nHost: shop.example\r\n\r\n", http("other.example")),
                says("GET http://u:p@other.example?q HTTP/1.1\r\nHost: shop.example\r\n\r\n", http("other.example")),
                says("GET /http://other.example/ HTTP/1.1\r\nHost: shop.example\r\n\r\n", http("shop.example")),
                says("CONNECT other.example:443 HTTP/1.1\r\nHost: shop.example\r\n\r\n", http("other.example")),
                says("OPTIONS * HTTP/1.1\r\nHost: shop.example\r\n\r\n", http("shop.example")),
                says("M-SEARCH * HTTP/1.1\r\nHOST: shop.example\r\n\r\n", http("shop.example")),
                says(
                        "GET / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
                        http("shop.example")),
                says(
                        "GET /chat HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nHost: shop.example\r\n\r\n\u0081\u0005hello",
                        http("shop.example")),
                says(REQUEST + REQUEST.replace("shop", "other"), http("shop.example")),
                // no name, and yet HTTP
                says("GET / HTTP/1.0\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost: 192.0.2.1:80\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost: [2001:db8::1]:80\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost:\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost: shop example\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost: shop.example\r\nHost: other.example\r\n\r\n", http("")),
                says("GET / HTTP/1.1\r\nHost: shop.example\r\n folded\r\n\r\n", http("")),
                says("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u0004\0\0\0\0\0", http("")),
                // what Netty refuses is not ours to refuse
                says("GET / HTTP/1.1\r\nHost: shop.example\r\nTransfer-Encoding: gzip\r\n\r\n", http("shop.example")),
                Arguments.of(hello, tls("shop.example")),
                Arguments.of(Hellos.inRecords(hello, 1), tls("shop.example")),
                Arguments.of(Hellos.inRecords(hello, 3), tls("shop.example")),
                Arguments.of(Hellos.inRecords(hello, 50), tls("shop.example")),
                Arguments.of(Hellos.nameless(), tls("")),
                Arguments.of(Hellos.encrypted(hello), tls("shop.example")), // the name that everybody may see
                Arguments.of(Hellos.encrypted(Hellos.nameless()), tls("")),
                says("\u0013BitTorrent protocol\0\0\0\0\0\0\0\0", new Sniffed("bittorrent", "")),
                // neither
                says("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n", NOTHING),
                says("SSH-2.0-Go\r\n", NOTHING),
                says("EHLO shop.example\r\n", NOTHING),
                says("PING\r\n", NOTHING),
                says("GET\r\n", NOTHING),
                says(" GET / HTTP/1.1\r\n\r\n", NOTHING),
                says("GET / RTSP/1.0\r\nHost: shop.example\r\n\r\n", NOTHING),
                says("GET / HTTP/2.0\r\nHost: shop.example\r\n\r\n", NOTHING),
                says("PRI / HTTP/1.1\r\nHost: shop.example\r\n\r\n", NOTHING),
                says("GET /\r\nHost: shop.example\r\n\r\n", NOTHING),
                says("ABCDEFGHIJKLMNOPQRSTUVWXYZ / HTTP/1.1\r\nHost: shop.example\r\n\r\n", NOTHING),
                says("A b\u0001c", NOTHING),
                says("\u0013BitTorrent protocoL\0\0\0\0\0\0\0\0", NOTHING),
                says("\u0016\u0003\u0001\0\u0004\u0002\0\0\0", NOTHING), // ServerHello
                says("\u0016\u0002\u0001\0\u0004\u0001\0\0\0", NOTHING), // TLS has 3
                says("\u0016\u0003\u0001\0\0", NOTHING),
                says("\0\0\0\u0008\u0004\u00d2\u0016/", NOTHING)); // PostgreSQL asks for TLS
    }

    @ParameterizedTest
    @MethodSource("openings")
    void an_opening_is_known_and_given_on(byte[] said, Sniffed expected) {
        then(found(ALL, said)).isEqualTo(expected);
    }

    @ParameterizedTest
    @MethodSource("openings")
    void it_makes_no_difference_where_it_is_cut(byte[] said, Sniffed expected) {
        for (int cut = 1; cut < said.length; cut++) {
            then(found(ALL, Arrays.copyOf(said, cut), Arrays.copyOfRange(said, cut, said.length)))
                    .as("cut at %d", cut)
                    .isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @MethodSource("openings")
    void nor_that_it_comes_byte_by_byte(byte[] said, Sniffed expected) {
        byte[][] pieces = new byte[said.length][];
        for (int i = 0; i < said.length; i++) {
            pieces[i] = new byte[] {said[i]};
        }
        then(found(ALL, pieces)).isEqualTo(expected);
    }

    @Test
    void what_is_not_looked_for_is_not_found() {
        then(found(Sniffing.of("tls"), ascii(REQUEST))).isEqualTo(NOTHING);
        then(found(Sniffing.of("http"), Hellos.naming("shop.example"))).isEqualTo(NOTHING);
        then(found(Sniffing.of("http", "tls"), ascii("\u0013BitTorrent protocol")))
                .isEqualTo(NOTHING);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0", "\u0080", "\n", "\u0013b", "\u0016\u0003\u0001\0\0", "A\t", "SMB\0"})
    void who_cannot_be_one_of_them_does_not_wait(String said) {
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.says(said).verdict()).isEqualTo(NOTHING);
            then(rig.read()).isEqualTo(ascii(said));
        }
    }

    // ---- time ----

    @Test
    void who_says_nothing_goes_on_when_the_time_is_up() {
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.waits(299).verdict()).isNull();
            then(rig.waits(1).verdict()).isEqualTo(NOTHING);
            then(rig.read()).isEmpty();
            then(rig.says("late").channel.<ByteBuf>readInbound()).isEqualTo(Unpooled.wrappedBuffer(ascii("late")));
        }
    }

    @Test
    void who_has_begun_well_is_given_more_time() {
        try (SniffRig rig = new SniffRig(ALL)) {
            byte[] hello = Hellos.naming("shop.example");
            rig.waits(250).says(Arrays.copyOf(hello, 100)).waits(4_999);
            then(rig.verdict()).isNull();
            then(rig.says(Arrays.copyOfRange(hello, 100, hello.length)).verdict())
                    .isEqualTo(tls("shop.example"));
        }
    }

    @Test
    void half_a_hello_has_no_name_when_its_time_is_up() {
        byte[] half = Arrays.copyOf(Hellos.naming("shop.example"), 100);
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.says(half).waits(5_000).verdict()).isEqualTo(NOTHING);
            then(rig.read()).isEqualTo(half);
        }
    }

    @Test
    void the_whole_lines_of_half_a_request_count_when_its_time_is_up() {
        try (SniffRig rig = new SniffRig(ALL)) {
            rig.says("GET / HTTP/1.1\r\nHost: shop.example\r\nCookie: a\r\nAcc");
            then(rig.waits(5_000).verdict()).isEqualTo(http("shop.example"));
        }
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.says("GET / HTTP/1.1\r\nHost: shop.exam").waits(5_000).verdict())
                    .isEqualTo(http(""));
        }
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.says("GET / HTTP/1.").waits(5_000).verdict()).isEqualTo(NOTHING);
        }
    }

    /** One byte a second, for ever. */
    @Test
    void a_slow_loris_is_not_waited_for() {
        try (SniffRig rig = new SniffRig(ALL)) {
            for (int i = 0; i < 5; i++) {
                then(rig.says(REQUEST.substring(i, i + 1)).verdict()).isNull();
                rig.waits(1_000);
            }
            then(rig.verdict()).isEqualTo(NOTHING);
            then(rig.read()).isEqualTo(ascii("GET /"));
        }
    }

    @Test
    void patience_is_as_long_as_one_likes() {
        Sniffing patient = ALL.patience(java.time.Duration.ofSeconds(20));
        try (SniffRig rig = new SniffRig(patient)) {
            then(rig.waits(19_999).verdict()).isNull();
            then(rig.says("GET").waits(19_999).verdict()).isNull();
            then(rig.waits(1).verdict()).isEqualTo(NOTHING);
        }
    }

    // ---- bytes ----

    @Test
    void no_more_bytes_are_looked_at_than_allowed() {
        String head = "GET / HTTP/1.1\r\nHost: shop.example\r\nCookie: ";
        try (SniffRig rig = new SniffRig(ALL.limit(512))) {
            then(rig.says(head).says("c".repeat(511 - head.length())).verdict()).isNull();
            then(rig.says("cc").verdict()).isEqualTo(http("shop.example"));
            then(rig.read()).hasSize(513);
        }
    }

    @Test
    void a_host_behind_the_limit_is_not_seen() {
        String said = "GET / HTTP/1.1\r\nCookie: " + "c".repeat(500) + "\r\nHost: shop.example\r\n\r\n";
        then(found(ALL.limit(512), ascii(said))).isEqualTo(http(""));
        then(found(ALL, ascii(said))).isEqualTo(http("shop.example"));
    }

    @Test
    void a_target_without_end_is_no_request() {
        then(found(ALL, ascii("GET /" + "a".repeat(20_000)))).isEqualTo(NOTHING);
        then(found(ALL, ascii("GET /" + "a".repeat(16_000) + " HTTP/1.1\r\nHost: shop.example\r\n\r\n")))
                .isEqualTo(http("shop.example"));
    }

    @Test
    void a_hello_that_is_too_long_is_none() {
        byte[] hello = Hellos.inRecords(Hellos.naming("shop.example"), 100);
        then(found(ALL.limit(256), hello)).isEqualTo(NOTHING);
        // a record that says 64 KiB, and never ends
        then(found(ALL, ascii("\u0016\u0003\u0001\u00ff\u00ff\u0001\0\u0002\0" + "x".repeat(20_000))))
                .isEqualTo(NOTHING);
        // a hello that says 16 MiB
        then(found(ALL, ascii("\u0016\u0003\u0001\0\u0004\u0001\u00ff\u00ff\u00ff")))
                .isEqualTo(NOTHING);
    }

    @Test
    void large_pieces_are_passed_on_and_not_copied() {
        ByteBuf first = Unpooled.wrappedBuffer(ascii("GET / HTTP/1.1\r\n"));
        ByteBuf second =
                Unpooled.wrappedBuffer(ascii("Cookie: " + "a".repeat(1_024) + "\r\nHost: shop.example\r\n\r\n"));
        try (SniffRig rig = new SniffRig(ALL)) {
            rig.says(first).says(second);
            rig.channel.read();
            then(rig.channel.<ByteBuf>readInbound()).isSameAs(first);
            then(rig.channel.<ByteBuf>readInbound()).isSameAs(second);
            then(List.of(first.refCnt(), second.refCnt())).isEqualTo(List.of(1, 1));
            first.release();
            second.release();
        }
    }

    @Test
    void who_says_one_byte_at_a_time_keeps_few_buffers_alive() {
        UnpooledByteBufAllocator reads = new UnpooledByteBufAllocator(true);
        Allowance memory = new Allowance(8_192);
        byte[] said = ascii("GET /" + "a".repeat(8_000));
        try (SniffRig rig = new SniffRig(ALL, memory)) {
            rig.channel.config().setAllocator(reads);
            for (byte each : said) {
                rig.says(reads.ioBuffer(512, 512).writeByte(each));
            }
            then(rig.verdict()).isNull();
            then(memory.spent()).isEqualTo(said.length);
            then(reads.metric().usedDirectMemory() + reads.metric().usedHeapMemory())
                    .isLessThan(3L * said.length); // the parser puts it together as well
            rig.waits(10_000);
            then(rig.read()).isEqualTo(said);
        }
        then(memory.spent()).isZero();
    }

    @Test
    void who_finds_no_memory_is_looked_at_no_longer() {
        Allowance memory = new Allowance(20);
        try (SniffRig rig = new SniffRig(ALL, memory)) {
            rig.says("GET / HTTP/1.1\r\n").says("Host: shop.example\r\n\r\n");
            then(rig.verdict()).isEqualTo(http(""));
            then(rig.read()).isEqualTo(ascii(REQUEST));
            then(rig.left).isEqualTo(1);
        }
        then(memory.spent()).isZero();
    }

    @Test
    void who_has_to_hurry_goes_on_as_he_is() {
        try (SniffRig rig = new SniffRig(ALL)) {
            Sniffer.hurry(rig.says("GET / HTTP/1.1\r\n").channel);
            then(rig.verdict()).isEqualTo(http(""));
            Sniffer.hurry(rig.channel);
            then(rig.verdicts).hasSize(1);
            then(rig.left).isEqualTo(1);
        }
    }

    @Test
    void an_empty_read_is_no_beginning() {
        then(found(ALL, new byte[0], ascii(REQUEST))).isEqualTo(http("shop.example"));
    }

    // ---- ends ----

    @Test
    void who_ends_his_output_is_not_waited_for() {
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.says("GET / HTTP/1.1\r\nHost: shop.example\r\nAccept: *")
                            .ends()
                            .verdict())
                    .isEqualTo(http("shop.example"));
            then(rig.events).isEmpty();
            then(rig.read()).hasSize(45);
            then(rig.events).containsExactly(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Test
    void who_ends_without_a_word_goes_on_at_once() {
        try (SniffRig rig = new SniffRig(ALL)) {
            then(rig.ends().verdict()).isEqualTo(NOTHING);
            then(rig.read()).isEmpty();
            then(rig.events).containsExactly(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Test
    void an_end_behind_the_verdict_waits_for_a_reader() {
        try (SniffRig rig = new SniffRig(ALL)) {
            rig.says(REQUEST).ends();
            then(rig.verdict()).isEqualTo(http("shop.example"));
            then(rig.read()).isEqualTo(ascii(REQUEST));
            then(rig.events).containsExactly(ChannelInputShutdownEvent.INSTANCE);
        }
    }

    @Test
    void nobody_hears_of_a_visitor_who_is_gone() {
        try (SniffRig rig = new SniffRig(ALL)) {
            rig.says("GET / HT");
            rig.channel.close();
            rig.waits(10_000);
            then(rig.verdicts).isEmpty();
        }
    }

    @Test
    void a_visitor_who_is_reset_is_closed() {
        try (SniffRig rig = new SniffRig(ALL)) {
            rig.says("GET / HT").channel.pipeline().fireExceptionCaught(new java.io.IOException("reset by peer"));
            then(rig.channel.isOpen()).isFalse();
            then(rig.verdicts).isEmpty();
        }
    }
}
