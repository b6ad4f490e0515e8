package dev.reversetunnel.websocket;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.layer.LayerRig;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What strangers see at a port, and what a client does who has learned WebSocket elsewhere. */
class WebSocketServerTest {
    private static final String MASK = "37fa213d";

    private final LayerRig rig = new LayerRig();

    @AfterEach
    void close() {
        rig.close();
    }

    /** {@code Hello}, masked: the example of RFC 6455, 5.7. */
    private static final String HELLO = "7f9f4d5158";

    private LayerRig.Taken accepted() throws InterruptedException {
        LayerRig.Taken accepted = rig.accepted();
        then(accepted.seen().next()).isEqualTo("active");
        return accepted;
    }

    // ---- a web server that has nothing ----

    @Test
    void a_browser_finds_nothing() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        HttpClient browser = HttpClient.newHttpClient();
        for (String path : List.of("/", "/index.html", "/ray", "/ray/", "/RAY", "/rayon")) {
            HttpResponse<String> response = browser.send(
                    HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
                            .version(HttpClient.Version.HTTP_1_1)
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
            then(response.statusCode()).as(path).isEqualTo(404);
            then(response.body()).contains("404 Not Found");
            then(response.headers().firstValue("content-type")).contains("text/html");
            then(response.headers().firstValue("date")).isPresent();
        }
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void many_requests_may_come_by_one_connection() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port)) {
            for (int i = 0; i < 3; i++) {
                talker.say("POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcde");
                String head = talker.head();
                then(head).startsWith("HTTP/1.1 404 Not Found\r\n").doesNotContain("connection: close");
                talker.hear(length(head));
            }
            talker.say("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
            then(talker.head()).startsWith("HTTP/1.1 404 Not Found\r\n").containsIgnoringCase("connection: close");
            then(talker.rest()).isEmpty();
        }
    }

    private static int length(String head) {
        return head.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("content-length: "))
                .mapToInt(line -> Integer.parseInt(line.substring(16)))
                .findFirst()
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /other HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
                        + Talker.KEY,
                "POST /ray HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
                        + Talker.KEY,
                "GET /ray HTTP/1.0|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
                        + Talker.KEY,
                "GET /ray HTTP/1.1|Connection: close|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
                        + Talker.KEY,
                "GET /ray HTTP/1.1|Connection: Upgrade|Upgrade: h2c|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: "
                        + Talker.KEY,
                "GET /ray HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13",
                "GET /ray HTTP/1.1|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13|Sec-WebSocket-Key: short",
                "GET /ray HTTP/1.1|Host: elsewhere.example|Connection: Upgrade|Upgrade: websocket|Sec-WebSocket-Version: 13"
                        + "|Sec-WebSocket-Key: " + Talker.KEY
            })
    void who_does_not_ask_in_due_form_finds_nothing(String request) throws Exception {
        int port = rig.listen(WebSocket.server("/ray").host("localhost", "portal.example"));
        String host = request.contains("Host:") ? "" : "Host: localhost\r\n";
        try (Talker talker = Talker.dial(port)) {
            talker.say(request.replace("|", "\r\n") + "\r\n" + host + "\r\n");
            then(talker.head()).startsWith("HTTP/1.1 404 Not Found\r\n");
        }
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void another_version_is_told_which_one_we_speak() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port)) {
            talker.say(Talker.upgrade("/ray").replace("Version: 13", "Version: 8"));
            then(talker.head())
                    .startsWith("HTTP/1.1 426 Upgrade Required\r\n")
                    .containsIgnoringCase("sec-websocket-version: 13");
        }
    }

    @Test
    void what_is_no_http_or_too_long_is_a_bad_request() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        for (String text : List.of(
                "\u0016\u0003\u0001 nonsense\r\n\r\n",
                "GET /" + "x".repeat(5_000) + " HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nX: " + "x".repeat(9_000) + "\r\n\r\n")) {
            try (Talker talker = Talker.dial(port)) {
                talker.say(text);
                then(talker.head()).startsWith("HTTP/1.1 400 Bad Request\r\n");
            }
        }
    }

    @Test
    void who_takes_his_time_is_sent_away() throws Exception {
        int port = rig.listen(WebSocket.server("/ray").handshakeTimeout(Duration.ofMillis(300)));
        try (Talker silent = Talker.dial(port);
                Talker slow = Talker.dial(port);
                Talker visitor = Talker.dial(port)) {
            slow.say("GET / HTTP/1.1\r\nX: ");
            visitor.say(Talker.request("/"));
            then(visitor.head()).startsWith("HTTP/1.1 404");
            then(silent.rest()).isEmpty();
            then(slow.rest()).isEmpty();
            then(new String(visitor.rest(), StandardCharsets.US_ASCII)).endsWith("</html>\n");
        }
    }

    @Test
    void the_oldest_visitor_makes_room_for_one_more() throws Exception {
        int port = rig.listen(WebSocket.server("/ray").maxHandshakes(100, 2));
        try (Talker first = visitor(port);
                Talker second = visitor(port);
                Talker third = visitor(port)) {
            then(first.rest()).isEmpty();
            second.upgraded("/ray");
            third.upgraded("/ray");
            try (Talker fourth = visitor(port);
                    Talker fifth = visitor(port)) { // who has become a WebSocket is not counted any more
                fourth.upgraded("/ray");
                fifth.upgraded("/ray");
            }
        }
    }

    /** One who has been seen. */
    private static Talker visitor(int port) throws IOException {
        Talker visitor = Talker.dial(port);
        visitor.say(Talker.request("/"));
        visitor.hear(length(visitor.head()));
        return visitor;
    }

    // ---- a stream in frames ----

    @Test
    void answers_as_the_standard_has_it() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port)) {
            talker.say(Talker.upgrade("/ray?ed=2048&x=y"));
            then(talker.head())
                    .startsWith("HTTP/1.1 101 Switching Protocols\r\n")
                    .containsIgnoringCase("upgrade: websocket\r\n")
                    .containsIgnoringCase("connection: upgrade\r\n")
                    .containsIgnoringCase("sec-websocket-accept: " + Talker.ACCEPT + "\r\n")
                    .doesNotContainIgnoringCase("sec-websocket-protocol");
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            talker.sayHex("82 85 | " + MASK + " | " + HELLO);
            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("Hello"));
            accepted.write("Hello");
            then(talker.hearHex(7)).isEqualTo("820548656c6c6f");
        }
    }

    @Test
    void text_fragments_and_empty_frames_are_bytes_too() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            talker.sayHex("81 81 00000000 c3"); // not UTF-8 alone; V2Ray does not look, either
            talker.sayHex(
                    "02 81 00000000 41 | 89 80 00000000 | 00 80 00000000 | 00 81 00000000 42 | 80 81 00000000 43");
            talker.sayHex("82 80 00000000 | 82 84 00000000 44454647");

            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("\u00c3ABCDEFG"));
            then(talker.hearHex(2)).as("a pong").isEqualTo("8a00");
        }
    }

    @Test
    void early_data_are_the_first_bytes() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        String early = Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString("\u00ff\u00feearly".getBytes(StandardCharsets.ISO_8859_1));
        for (String form : List.of(early, early.replace('-', '+').replace('_', '/'))) {
            try (Talker talker = Talker.dial(port)) {
                talker.say(Talker.upgrade("/ray?ed=2048", "Sec-WebSocket-Protocol: " + form));
                then(talker.head()).containsIgnoringCase("sec-websocket-protocol: " + form + "\r\n");
                LayerRig.Taken accepted = accepted();
                talker.sayHex("82 85 | " + MASK + " | " + HELLO);
                accepted.reads();
                await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("\u00ff\u00feearlyHello"));
            }
        }
    }

    @Test
    void pings_are_answered() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            accepted().reads();
            talker.sayHex("89 85 | " + MASK + " | " + HELLO);
            then(talker.hearHex(7)).isEqualTo("8a0548656c6c6f");
        }
    }

    @Test
    void pings_are_answered_though_nobody_gets_bytes() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.onLoop(accepted.channel()::read); // once
            for (int i = 0; i < 3; i++) {
                talker.sayHex("89 80 00000000");
                then(talker.hearHex(2)).isEqualTo("8a00");
            }
            talker.sayHex("82 85 | " + MASK + " | " + HELLO);
            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("Hello"));
        }
    }

    @Test
    void pings_when_it_has_nothing_to_say() throws Exception {
        int port = rig.listen(WebSocket.server("/ray").pingEvery(Duration.ofMillis(50)));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            accepted().reads();
            then(talker.hearHex(4)).isEqualTo("89008900");
        }
    }

    @Test
    void a_close_frame_is_the_clean_end_and_is_answered_when_we_have_ended_too() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            talker.sayHex("82 85 | " + MASK + " | " + HELLO + " | 88 82 00000000 03e8");
            then(accepted.seen().next()).isEqualTo("clean end");
            accepted.write("late");
            ChannelEnds.closeAfterFlush(accepted.channel());

            then(talker.hearHex(6)).isEqualTo("82046c617465");
            then(talker.hearHex(4)).isEqualTo("880203e8");
            then(talker.rest()).isEmpty();
            then(accepted.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void an_output_that_has_ended_is_told_with_the_connections_end() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            accepted.write("all");
            ChannelEnds.shutdownOutput(accepted.channel());
            then(talker.hearHex(5)).isEqualTo("8203616c6c");
            talker.sayHex("82 85 | " + MASK + " | " + HELLO);
            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("Hello"));
            talker.sayHex("88 80 00000000");
            then(accepted.seen().next()).isEqualTo("clean end");
            ChannelEnds.closeAfterFlush(accepted.channel());

            then(talker.hearHex(4)).isEqualTo("880203e8");
            then(talker.rest()).isEmpty();
        }
    }

    @Test
    void a_reset_says_no_farewell() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            ChannelEnds.reset(accepted().channel());
            thenThrownBy(talker::rest).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "82 05 48656c6c6f", // not masked
                "83 80 00000000", // reserved
                "c2 80 00000000", // an extension that was not agreed on
                "80 80 00000000", // continues nothing
                "02 80 00000000 | 82 80 00000000", // begins inside of a message
                "09 80 00000000", // a ping in fragments
                "89 fe 0080 00000000", // a long ping
                "88 81 00000000 03", // half a code
                "82 fe 0003 00000000 444546", // three bytes, said in two
                "82 ff 0000000000000001 00000000 47",
                "82 fe ffff 00000000", // longer than allowed here
                "82 ff 7fffffffffffffff 00000000",
                "82 ff ffffffffffffffff 00000000",
                "88 82 00000000 03e9", // going away is no clean end of a stream
            })
    void who_breaks_a_rule_is_cut(String frames) throws Exception {
        int port = rig.listen(WebSocket.server("/ray").maxFrame(60_000));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            talker.sayHex(frames);

            then(accepted.seen().next()).startsWith("failed: ");
            then(accepted.seen().next()).isEqualTo("inactive");
            thenThrownBy(talker::rest).isInstanceOf(SocketException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "82", "82 85 | 37fa", "82 85 | 37fa213d | 7f9f", "02 85 | 37fa213d | 7f9f4d5158"})
    void a_connection_that_ends_without_a_close_frame_was_cut(String frames) throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        try (Talker talker = Talker.dial(port).upgraded("/ray")) {
            LayerRig.Taken accepted = accepted();
            accepted.reads();
            talker.sayHex(frames);
            talker.socket.shutdownOutput();

            then(accepted.seen().next()).startsWith("failed: the connection was cut");
            then(accepted.seen().next()).isEqualTo("inactive");
        }
    }

    @Test
    void who_speaks_in_pieces_of_any_size_is_understood() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        byte[] script = Talker.bytes("82 85 | " + MASK + " | " + HELLO
                + " | 02 81 00000000 41 | 89 84 01020304 01020304 | 80 81 00000000 42 | 82 fe 0080 00000000 "
                + "43".repeat(128) + " | 88 82 00000000 03e8");
        for (int seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            try (Talker talker = Talker.dial(port)) {
                byte[] request = Talker.upgrade("/ray").getBytes(StandardCharsets.US_ASCII);
                speak(talker, request, random);
                talker.head();
                LayerRig.Taken accepted = accepted();
                accepted.reads();
                speak(talker, script, random);
                then(talker.hearHex(6)).as("seed " + seed).isEqualTo("8a0400000000");
                then(accepted.seen().next()).isEqualTo("clean end");
                then(accepted.seen().text()).isEqualTo("HelloAB" + "C".repeat(128));
            }
        }
    }

    private static void speak(Talker talker, byte[] bytes, Random random) throws IOException {
        for (int at = 0; at < bytes.length; ) {
            int end = Math.min(bytes.length, at + 1 + random.nextInt(random.nextInt(40) + 1));
            talker.socket.getOutputStream().write(Arrays.copyOfRange(bytes, at, end));
            at = end;
        }
    }

    // ---- the JDK's client ----

    private static final class Listener implements java.net.http.WebSocket.Listener {
        final CompletableFuture<Integer> closed = new CompletableFuture<>();
        final CompletableFuture<String> text = new CompletableFuture<>();
        private final List<Byte> bytes = new ArrayList<>();
        private final int expected;

        Listener(int expected) {
            this.expected = expected;
        }

        @Override
        public CompletionStage<?> onBinary(java.net.http.WebSocket socket, ByteBuffer data, boolean last) {
            while (data.hasRemaining()) {
                bytes.add(data.get());
            }
            if (bytes.size() >= expected) {
                byte[] all = new byte[bytes.size()];
                for (int i = 0; i < all.length; i++) {
                    all[i] = bytes.get(i);
                }
                text.complete(new String(all, StandardCharsets.ISO_8859_1));
            }
            socket.request(1);
            return null;
        }

        @Override
        public CompletionStage<?> onClose(java.net.http.WebSocket socket, int code, String reason) {
            closed.complete(code);
            return null;
        }
    }

    @Test
    void the_jdks_client_gets_the_whole_answer_after_it_has_closed_its_output() throws Exception {
        int port = rig.listen(WebSocket.server("/ray"));
        Listener listener = new Listener(200_000);
        java.net.http.WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create("ws://127.0.0.1:" + port + "/ray"), listener)
                .get(20, TimeUnit.SECONDS);
        LayerRig.Taken accepted = accepted();
        accepted.reads();
        socket.sendBinary(ByteBuffer.wrap("question".getBytes(StandardCharsets.US_ASCII)), true)
                .get(20, TimeUnit.SECONDS);
        socket.sendClose(1_000, "").get(20, TimeUnit.SECONDS);
        then(accepted.seen().next()).isEqualTo("clean end");
        then(accepted.seen().text()).isEqualTo("question");
        accepted.write("a".repeat(200_000));
        ChannelEnds.closeAfterFlush(accepted.channel());

        then(listener.text.get(20, TimeUnit.SECONDS)).isEqualTo("a".repeat(200_000));
        then(listener.closed.get(20, TimeUnit.SECONDS)).isEqualTo(1_000);
    }

    // ---- whom a proxy speaks for ----

    private InetSocketAddress source(WebSocketServer server, String... headers) throws Exception {
        int port = rig.listen(server);
        try (Talker talker = Talker.dial(port)) {
            talker.say(Talker.upgrade("/ray", headers));
            talker.head();
            return Door.source(accepted().channel());
        }
    }

    @Test
    void nobody_is_believed_whom_he_speaks_for() throws Exception {
        then(source(WebSocket.server("/ray"), "X-Forwarded-For: 192.0.2.1")
                        .getAddress()
                        .isLoopbackAddress())
                .isTrue();
        then(source(WebSocket.server("/ray").trustForwardedFor("10.0.0.0/8"), "X-Forwarded-For: 192.0.2.1")
                        .getAddress()
                        .isLoopbackAddress())
                .isTrue();
    }

    @Test
    void a_trusted_proxy_is_believed_and_what_others_told_it_is_not() throws Exception {
        WebSocketServer server = WebSocket.server("/ray").trustForwardedFor("127.0.0.0/8", "10.0.0.0/8", "fd00::/8");

        then(source(server, "X-Forwarded-For: 192.0.2.1").getHostString()).isEqualTo("192.0.2.1");
        then(source(server, "X-Forwarded-For: 198.51.100.7, 192.0.2.1").getHostString())
                .isEqualTo("192.0.2.1");
        then(source(server, "X-Forwarded-For: 198.51.100.7, 192.0.2.1 , 10.1.2.3", "X-Forwarded-For: 127.0.0.9")
                        .getHostString())
                .isEqualTo("192.0.2.1");
        then(source(server, "X-Forwarded-For: 2001:db8::1, fd00::2")
                        .getAddress()
                        .getHostAddress())
                .isEqualTo("2001:db8:0:0:0:0:0:1");
        then(source(server, "X-Forwarded-For: 198.51.100.7, unknown, 10.1.2.3").getHostString())
                .isEqualTo("10.1.2.3");
        then(source(server).getAddress().isLoopbackAddress()).isTrue();
        then(source(server, "X-Forwarded-For: nonsense").getAddress().isLoopbackAddress())
                .isTrue();
    }

    // ---- at the desk ----

    @Test
    void a_mistake_shows_at_the_desk() {
        for (String path : List.of("", "ray", "//ray", "/r ay", "/r\r\nay", "/ray#x", "/\u00e4", "/%zz")) {
            thenThrownBy(() -> WebSocket.server(path))
                    .as(path)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("path: ");
        }
        thenThrownBy(() -> WebSocket.server("/ray").host()).hasMessageContaining("one or more names");
        thenThrownBy(() -> WebSocket.server("/ray").trustForwardedFor("nginx")).hasMessageContaining("10.0.0.0/8");
        thenThrownBy(() -> WebSocket.server("/ray").trustForwardedFor("10.0.0.0/33"))
                .hasMessageContaining("10.0.0.0/8");
        thenThrownBy(() -> WebSocket.server("/ray").maxFrame(10)).hasMessageContaining("1024 or more");
        thenThrownBy(() -> WebSocket.server("/ray").pingEvery(Duration.ZERO)).hasMessageContaining("more than 0");
        thenThrownBy(() -> WebSocket.client("/ray").host("a b")).hasMessageContaining("host: ");
        thenThrownBy(() -> WebSocket.client("/ray").header("X-A", "a\r\nb")).hasMessageContaining("in one line");
        thenThrownBy(() -> WebSocket.client("/ray").header("Sec-WebSocket-Key", "x"))
                .hasMessageContaining("belongs to the handshake");
        thenThrownBy(() -> rig.listen(WebSocket.client("/ray")))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("WebSocket.server(path)");
    }
}
