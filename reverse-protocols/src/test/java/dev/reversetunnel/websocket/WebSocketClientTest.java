package dev.reversetunnel.websocket;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.Transport;
import dev.reversetunnel.layer.LayerRig;
import dev.reversetunnel.tls.Certificates;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The side that dials: with a server of our own, and with one that answers by hand. */
class WebSocketClientTest {
    private static final byte[] MUCH = new byte[8 << 20];

    private final LayerRig rig = new LayerRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private static final Transport MEMORY_NETWORK = Transport.memory();

    /** What lies below. */
    enum Below {
        TCP,
        MEMORY,
        TLS;

        Transport server() {
            return switch (this) {
                case TCP -> Transport.tcp();
                case MEMORY -> MEMORY_NETWORK;
                case TLS -> Certificates.server(Certificates.SERVER);
            };
        }

        Transport client() {
            return switch (this) {
                case TCP -> Transport.tcp();
                case MEMORY -> MEMORY_NETWORK;
                case TLS -> Certificates.client();
            };
        }
    }

    private record Pair(LayerRig.Taken dialled, LayerRig.Taken accepted) {}

    private Pair pair(Below below) throws Exception {
        int port = rig.listen(WebSocket.server("/ray").over(below.server()));
        LayerRig.Taken dialled = rig.dial(WebSocket.client("/ray").over(below.client()), "localhost", port);
        LayerRig.Taken accepted = rig.accepted();
        then(accepted.seen().next()).isEqualTo("active");
        return new Pair(dialled, accepted);
    }

    @ParameterizedTest
    @EnumSource
    void much_goes_both_ways_and_ends_cleanly(Below below) throws Exception {
        Pair pair = pair(below);
        pair.dialled.reads();
        pair.accepted.reads();
        pair.dialled.channel().writeAndFlush(Unpooled.wrappedBuffer(MUCH));
        pair.accepted.channel().writeAndFlush(Unpooled.wrappedBuffer(MUCH));
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            then(pair.dialled.seen().bytes()).isEqualTo(MUCH.length);
            then(pair.accepted.seen().bytes()).isEqualTo(MUCH.length);
        });
        ChannelEnds.closeAfterFlush(pair.dialled.channel());

        then(pair.accepted.seen().next()).isEqualTo("clean end");
        ChannelEnds.closeAfterFlush(pair.accepted.channel());
        then(pair.dialled.seen().next()).isEqualTo("inactive");
        then(pair.accepted.seen().next()).isEqualTo("inactive");
    }

    @ParameterizedTest
    @EnumSource
    void a_reset_is_no_clean_end(Below below) throws Exception {
        Pair pair = pair(below);
        pair.accepted.reads();
        pair.dialled.write("half");
        await().untilAsserted(() -> then(pair.accepted.seen().text()).isEqualTo("half"));
        ChannelEnds.reset(pair.dialled.channel());

        then(pair.accepted.seen().next()).startsWith("failed: ");
        then(pair.accepted.seen().next()).isEqualTo("inactive");
        then(pair.dialled.seen().next()).isEqualTo("inactive");
    }

    @ParameterizedTest
    @EnumSource
    void an_output_ends_alone_and_the_answer_is_whole(Below below) throws Exception {
        Pair pair = pair(below);
        pair.accepted.reads();
        pair.dialled.reads();
        pair.dialled.write("question");
        ChannelEnds.shutdownOutput(pair.dialled.channel());
        then(pair.accepted.seen().next()).isEqualTo("clean end");
        then(pair.accepted.seen().text()).isEqualTo("question");
        pair.accepted.write("answer");
        ChannelEnds.shutdownOutput(pair.accepted.channel());

        then(pair.dialled.seen().next()).isEqualTo("clean end");
        then(pair.dialled.seen().text()).isEqualTo("answer");
        ChannelEnds.closeAfterFlush(pair.accepted.channel());
        ChannelEnds.closeAfterFlush(pair.dialled.channel());
        then(pair.dialled.seen().next()).isEqualTo("inactive");
        then(pair.accepted.seen().next()).isEqualTo("inactive");
    }

    @ParameterizedTest
    @EnumSource
    void the_server_ends_first_and_the_rest_of_the_question_is_whole(Below below) throws Exception {
        Pair pair = pair(below);
        pair.accepted.reads();
        pair.dialled.reads();
        pair.accepted.write("enough");
        ChannelEnds.shutdownOutput(pair.accepted.channel());
        pair.dialled.write("que");
        then(pair.dialled.seen().next()).isEqualTo("clean end");
        then(pair.dialled.seen().text()).isEqualTo("enough");
        pair.dialled.write("stion");
        ChannelEnds.closeAfterFlush(pair.dialled.channel());

        then(pair.accepted.seen().next()).isEqualTo("clean end");
        then(pair.accepted.seen().text()).isEqualTo("question");
    }

    /** As when a node is closed in the middle of a download. */
    @ParameterizedTest
    @EnumSource
    void who_closes_what_is_not_complete_resets_it(Below below) throws Exception {
        Pair pair = pair(below);
        pair.accepted.reads();
        pair.dialled.write("half");
        await().untilAsserted(() -> then(pair.accepted.seen().text()).isEqualTo("half"));
        pair.dialled.channel().config().setOption(ChannelOption.SO_LINGER, 0);
        pair.dialled.channel().close();

        then(pair.accepted.seen().next()).startsWith("failed: ");
        then(pair.accepted.seen().next()).isEqualTo("inactive");
    }

    @ParameterizedTest
    @EnumSource
    void a_reader_that_stops_stops_the_sender(Below below) throws Exception {
        Pair pair = pair(below);
        Channel sender = pair.dialled.channel();
        pair.dialled.onLoop(() -> {
            for (int writes = 0; sender.isWritable() && writes < 1_000; writes++) {
                sender.writeAndFlush(Unpooled.wrappedBuffer(new byte[64 * 1024]));
            }
        });
        await().until(() -> !sender.isWritable());
        then(pair.accepted.seen().bytes()).isZero();

        pair.accepted.reads();
        await().until(sender::isWritable);
    }

    @Test
    void both_sides_ping_and_nobody_above_hears_of_it() throws Exception {
        int port = rig.listen(WebSocket.server("/ray").pingEvery(Duration.ofMillis(20)));
        LayerRig.Taken dialled = rig.dial(WebSocket.client("/ray").pingEvery(Duration.ofMillis(20)), "localhost", port);
        LayerRig.Taken accepted = rig.accepted();
        accepted.reads();
        dialled.reads();
        await().during(Duration.ofMillis(300)).untilAsserted(() -> {
            then(dialled.seen().bytes()).isZero();
            then(accepted.channel().isActive()).isTrue();
        });
        dialled.write("after");
        await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("after"));
    }

    @Test
    void is_encrypted_when_that_below_is() {
        then(WebSocket.client("/ray").isEncrypted()).isFalse();
        then(WebSocket.client("/ray").isRaw()).isFalse();
        then(WebSocket.client("/ray").over(Certificates.client()).isEncrypted()).isTrue();
        then(WebSocket.server("/ray")
                        .over(Certificates.server(Certificates.SERVER))
                        .isEncrypted())
                .isTrue();
    }

    // ---- a server by hand ----

    private interface Answer {
        void to(Talker client) throws IOException;
    }

    private static ServerSocket serve(Answer answer) throws IOException {
        ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        Thread thread = new Thread(() -> {
            try (Talker client = new Talker(server.accept())) {
                answer.to(client);
            } catch (IOException e) {
                // the test looks at the other end
            }
        });
        thread.setDaemon(true);
        thread.start();
        return server;
    }

    private static String granted(String request) {
        String key = request.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key: "))
                .map(line -> line.substring(19))
                .findFirst()
                .orElseThrow();
        return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                + accept(key) + "\r\n\r\n";
    }

    private static String accept(String key) {
        try {
            byte[] both = (key + WebSocketClientHandshaker13.MAGIC_GUID).getBytes(StandardCharsets.US_ASCII);
            return Base64.getEncoder()
                    .encodeToString(MessageDigest.getInstance("SHA-1").digest(both));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-1", e);
        }
    }

    @Test
    void asks_as_it_was_told() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        try (ServerSocket server = serve(client -> {
            String head = client.head();
            asked.complete(head);
            client.say(granted(head) + "\u0082\u0005early");
            client.rest();
        })) {
            LayerRig.Taken dialled = rig.dial(
                    WebSocket.client("/ray?ed=2048")
                            .host("portal.example")
                            .header("user-agent", "Tester/1")
                            .header("X-Token", "abc"),
                    "localhost",
                    server.getLocalPort());
            then(asked.get(20, TimeUnit.SECONDS))
                    .startsWith("GET /ray?ed=2048 HTTP/1.1\r\n")
                    .containsIgnoringCase("\r\nhost: portal.example\r\n")
                    .containsIgnoringCase("\r\nuser-agent: Tester/1\r\n")
                    .containsIgnoringCase("\r\nx-token: abc\r\n")
                    .containsIgnoringCase("\r\nsec-websocket-version: 13\r\n")
                    .doesNotContainIgnoringCase("origin")
                    .doesNotContain("Mozilla");
            dialled.reads();
            await().untilAsserted(() -> then(dialled.seen().text()).isEqualTo("early"));
        }
    }

    @Test
    void asks_for_the_host_that_is_dialled_with_its_port() throws Exception {
        CompletableFuture<String> asked = new CompletableFuture<>();
        try (ServerSocket server = serve(client -> asked.complete(client.head()))) {
            rig.failure(WebSocket.client("/ray"), "localhost", server.getLocalPort());
            then(asked.get(20, TimeUnit.SECONDS))
                    .containsIgnoringCase("\r\nhost: localhost:" + server.getLocalPort() + "\r\n")
                    .containsIgnoringCase("\r\nuser-agent: Mozilla/5.0\r\n");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 404 Nope@it answered 404 Not Found at /ray; is that the path there",
                "HTTP/1.1 403 Forbidden@it answered 403 Forbidden at /ray",
                "HTTP/1.1 301 Moved Permanently@over(Tls.client())",
                "HTTP/1.1 502 Bad Gateway@the server behind it is not there",
                "HTTP/1.1 200 OK@is there a WebSocket at that path?",
                "HTTP/1.1 101 Switching Protocols|Upgrade: websocket|Connection: Upgrade|Sec-WebSocket-Accept: no@does not"
                        + " speak WebSocket",
                "SSH-2.0-OpenSSH_9.2@does not speak HTTP",
            })
    void says_why_there_is_no_web_socket_and_what_to_do(String answerAndMessage) throws Exception {
        String[] parts = answerAndMessage.split("@", -1);
        try (ServerSocket server = serve(client -> {
            client.head();
            client.say(parts[0].replace("|", "\r\n") + "\r\n\r\n");
            client.rest();
        })) {
            then(rig.failure(WebSocket.client("/ray"), "localhost", server.getLocalPort()))
                    .hasMessageStartingWith("cannot reach tcp:localhost:" + server.getLocalPort() + " by WebSocket: ")
                    .hasMessageContaining(parts[1]);
        }
    }

    @Test
    void a_server_that_hangs_up_or_says_nothing_is_told() throws Exception {
        try (ServerSocket server = serve(Talker::head)) {
            then(rig.failure(WebSocket.client("/ray"), "localhost", server.getLocalPort()))
                    .hasMessageContaining("the connection was closed")
                    .hasMessageContaining("over(Tls.client())");
        }
        try (ServerSocket server = serve(client -> client.rest())) {
            then(rig.failure(
                            WebSocket.client("/ray").handshakeTimeout(Duration.ofMillis(100)),
                            "localhost",
                            server.getLocalPort()))
                    .hasMessageContaining("no handshake within 100 ms");
        }
    }

    @Test
    void what_is_wrong_below_is_told_as_it_is() throws Exception {
        int port = rig.listen(WebSocket.server("/ray").over(Certificates.server(Certificates.ELSEWHERE)));

        then(rig.failure(WebSocket.client("/ray").over(Certificates.client()), "localhost", port))
                .hasMessageContaining("over TLS: its certificate is not for localhost");
    }

    @Test
    void a_masked_frame_of_a_server_is_a_cut() throws Exception {
        try (ServerSocket server = serve(client -> {
            client.say(granted(client.head()));
            client.hear(16 + 8); // a greeting and a frame of two bytes: somebody is there
            client.sayHex("82 85 37fa213d 7f9f4d5158");
            thenThrownBy(client::rest).isInstanceOf(SocketException.class);
        })) {
            LayerRig.Taken dialled = rig.dial(WebSocket.client("/ray"), "localhost", server.getLocalPort());
            dialled.reads();
            dialled.write("go");
            then(dialled.seen().next()).startsWith("failed: ");
            then(dialled.seen().next()).isEqualTo("inactive");
        }
    }
}
