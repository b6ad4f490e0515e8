package dev.reversetunnel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import dev.reversetunnel.net.Destination;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpOutboundTest {
    @Test
    void answers_a_get_with_what_the_handler_saw() throws Exception {
        HttpHandler handler = exchange -> text(
                exchange,
                exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + exchange.getProtocol() + " "
                        + exchange.getRequestHeaders().getFirst("X-Name") + " " + exchange.getLocalAddress() + " "
                        + exchange.getHttpContext().getPath());
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            HttpURLConnection client = open(stand, "/a%20b?c=d");
            client.setRequestProperty("x-name", "Ann");
            then(client.getResponseCode()).isEqualTo(200);
            then(body(client)).isEqualTo("GET /a%20b?c=d HTTP/1.1 Ann shop.test/<unresolved>:80 /");
            then(client.getHeaderField("date")).endsWith(" GMT");
        }
    }

    @Test
    void tells_the_address_of_the_source_only_if_it_is_known() throws Exception {
        HttpHandler handler =
                exchange -> text(exchange, exchange.getRemoteAddress().getHostString());
        InetSocketAddress source = new InetSocketAddress("192.0.2.7", 4711);
        Request known = new Request(Destination.tcp("shop.test", 80), "bridge", "", Grant.CONNECT, source, null);
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler), known);
                HttpStand nobody = new HttpStand(new HttpOutbound(handler))) {
            then(get(stand)).isEqualTo("192.0.2.7");
            then(get(nobody)).isEqualTo("unknown");
        }
    }

    @Test
    void echoes_ten_mebibytes_with_and_without_a_length() throws Exception {
        byte[] bytes = new byte[10 * 1024 * 1024];
        new Random(1).nextBytes(bytes);
        AtomicReference<String> seen = new AtomicReference<>();
        HttpHandler echo = exchange -> {
            byte[] body = exchange.getRequestBody().readAllBytes();
            seen.set(sha(body));
            exchange.sendResponseHeaders(
                    200, "/chunked".equals(exchange.getRequestURI().getPath()) ? 0 : body.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(body);
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(echo))) {
            for (boolean chunked : List.of(true, false)) {
                for (String path : List.of("/chunked", "/length")) {
                    HttpURLConnection client = open(stand, path);
                    client.setDoOutput(true);
                    if (chunked) {
                        client.setChunkedStreamingMode(10_000);
                    } else {
                        client.setFixedLengthStreamingMode(bytes.length);
                    }
                    client.getOutputStream().write(bytes);
                    client.getOutputStream().close();
                    then(sha(client.getInputStream().readAllBytes())).isEqualTo(sha(bytes));
                    then(seen.get()).isEqualTo(sha(bytes));
                    then(client.getHeaderField("transfer-encoding"))
                            .isEqualTo("/chunked".equals(path) ? "chunked" : null);
                }
            }
        }
    }

    @Test
    void streams_while_the_request_is_still_coming() throws Exception {
        HttpHandler echo = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            try (InputStream in = exchange.getRequestBody();
                    OutputStream out = exchange.getResponseBody()) {
                byte[] buffer = new byte[100];
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                    out.flush();
                }
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(echo));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\n");
            then(HttpStand.readTo(socket, "one\r\n")).contains("chunked").endsWith("\r\n\r\n3\r\none\r\n");
            HttpStand.send(socket, "3\r\ntwo\r\n0\r\n\r\n");
            then(HttpStand.readTo(socket, "0\r\n\r\n")).isEqualTo("3\r\ntwo\r\n0\r\n\r\n");
        }
    }

    @Test
    void answers_three_pipelined_requests_in_order_and_the_fourth_on_the_same_connection() throws Exception {
        HttpHandler handler = exchange -> {
            String body = new String(exchange.getRequestBody().readAllBytes(), UTF_8);
            text(exchange, exchange.getRequestURI().getPath() + body + ";");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            HttpStand.send(
                    socket,
                    "GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                            + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
            String answers = HttpStand.readTo(socket, "/3;");
            then(answers)
                    .containsSubsequence("\r\n\r\n/1;HTTP/1.1 200 OK", "\r\n\r\n/2abc;HTTP/1.1 200 OK", "\r\n\r\n/3;");
            HttpStand.send(socket, "GET /4 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            then(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .containsIgnoringCase("connection: close")
                    .endsWith("/4;");
            then(stand.sessions).hasSize(1);
        }
    }

    @Test
    void answers_a_head_request_with_the_length_and_no_body() throws Exception {
        HttpHandler handler = exchange -> text(exchange, "hello");
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .containsIgnoringCase("content-length: 5")
                    .endsWith("\r\n\r\n");
        }
    }

    @Test
    void sends_no_body_and_no_length_with_204_and_a_zero_length_with_200() throws Exception {
        HttpHandler handler = exchange -> exchange.sendResponseHeaders(
                "/none".equals(exchange.getRequestURI().getPath()) ? 204 : 200, -1);
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange("GET /none HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 204 ")
                    .doesNotContainIgnoringCase("content-length");
            then(stand.exchange("GET /empty HTTP/1.1\r\nHost: a\r\n\r\n"))
                    .startsWith("HTTP/1.1 200 ")
                    .containsIgnoringCase("content-length: 0");
        }
    }

    @Test
    void closes_after_an_answer_to_http_1_0_unless_asked_to_keep_alive() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("hello".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            exchange.close();
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, "GET / HTTP/1.0\r\n\r\n");
            then(new String(socket.getInputStream().readAllBytes(), UTF_8))
                    .doesNotContainIgnoringCase("chunked")
                    .endsWith("\r\n\r\nhello");
        }
        try (HttpStand stand = new HttpStand(new HttpOutbound(exchange -> text(exchange, "hello")));
                Socket socket = stand.connect()) {
            for (int i = 0; i < 2; i++) {
                HttpStand.send(socket, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
                then(HttpStand.readTo(socket, "hello")).containsIgnoringCase("connection: keep-alive");
            }
        }
    }

    @Test
    void sends_100_continue_when_the_handler_reads_and_not_when_it_refuses() throws Exception {
        HttpHandler handler = exchange -> {
            if ("/refuse".equals(exchange.getRequestURI().getPath())) {
                exchange.sendResponseHeaders(413, -1);
            } else {
                text(exchange, new String(exchange.getRequestBody().readAllBytes(), UTF_8));
            }
        };
        String head = " HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n";
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect();
                Socket refused = stand.connect()) {
            HttpStand.send(socket, "POST /take" + head);
            then(HttpStand.readTo(socket, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            HttpStand.send(socket, "hello");
            then(HttpStand.readTo(socket, "hello")).startsWith("HTTP/1.1 200 OK\r\n");

            HttpStand.send(refused, "POST /refuse" + head);
            then(new String(refused.getInputStream().readAllBytes(), UTF_8))
                    .startsWith("HTTP/1.1 413 ")
                    .containsIgnoringCase("connection: close");
        }
    }

    @Test
    void skips_a_short_body_that_the_handler_did_not_read() throws Exception {
        try (HttpStand stand = new HttpStand(new HttpOutbound(exchange -> text(exchange, "ok;")));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
            HttpStand.readTo(socket, "ok;");
            HttpStand.send(socket, "lloGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            then(HttpStand.readTo(socket, "ok;")).startsWith("HTTP/1.1 200 OK");
        }
    }

    @Test
    void answers_from_another_thread_after_the_handler_returned() throws Exception {
        HttpHandler handler = exchange -> {
            Thread later = new Thread(() -> {
                try {
                    text(exchange, "later");
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            later.start();
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(get(stand)).isEqualTo("later");
        }
    }

    @Test
    void finishes_an_answer_whose_length_is_reached_but_that_was_not_closed() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hello".getBytes(UTF_8));
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(get(stand)).isEqualTo("hello");
            then(get(stand)).isEqualTo("hello");
        }
    }

    @Test
    void refuses_nonsense_at_the_desk() {
        HttpOutbound outbound = new HttpOutbound(exchange -> {});
        thenThrownBy(() -> outbound.requestTimeout(Duration.ofSeconds(-1)))
                .hasMessage("requestTimeout: PT-1S (expected: >= 0)");
        thenThrownBy(() -> outbound.idleTimeout(Duration.ofSeconds(-1)))
                .hasMessage("idleTimeout: PT-1S (expected: >= 0)");
        thenThrownBy(() -> outbound.maxHeaderBytes(0)).hasMessage("maxHeaderBytes: 0 (expected: > 0)");
    }

    private static HttpURLConnection open(HttpStand stand, String path) throws IOException {
        return (HttpURLConnection) stand.uri(path).toURL().openConnection();
    }

    private static String get(HttpStand stand) throws IOException {
        return body(open(stand, "/"));
    }

    private static String body(HttpURLConnection client) throws IOException {
        try (InputStream in = client.getInputStream()) {
            return new String(in.readAllBytes(), UTF_8);
        }
    }

    static void text(HttpExchange exchange, String text) throws IOException {
        byte[] bytes = text.getBytes(UTF_8);
        exchange.sendResponseHeaders(200, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    private static String sha(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
