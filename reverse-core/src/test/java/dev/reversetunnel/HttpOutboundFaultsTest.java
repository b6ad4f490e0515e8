package dev.reversetunnel;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class HttpOutboundFaultsTest {
    private static final String GET = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";

    @Test
    void answers_500_for_a_handler_that_throws_and_goes_on() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 5);
            exchange.getResponseBody().write("hel".getBytes(UTF_8));
            throw new IllegalStateException("on purpose");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            for (int i = 0; i < 2; i++) {
                HttpStand.send(socket, GET);
                then(HttpStand.readTo(socket, "\r\n\r\n")).startsWith("HTTP/1.1 500 ");
            }
        }
    }

    @Test
    void resets_a_session_whose_handler_throws_after_the_head_has_left() throws Exception {
        CountDownLatch read = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write("hel".getBytes(UTF_8));
            exchange.getResponseBody().flush();
            awaitQuietly(read);
            throw new AssertionError("on purpose");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, GET);
            HttpStand.readTo(socket, "hel\r\n");
            read.countDown();
            thenThrownBy(() -> socket.getInputStream().read())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
    }

    @Test
    void resets_a_session_whose_handler_closes_the_exchange_without_an_answer() throws Exception {
        try (HttpStand stand = new HttpStand(new HttpOutbound(exchange -> exchange.close()));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, GET);
            thenThrownBy(() -> socket.getInputStream().read()).hasMessageContaining("reset");
        }
    }

    @Test
    void refuses_too_many_bytes_and_too_few() throws Exception {
        AtomicReference<Throwable> many = new AtomicReference<>();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, 3);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(new byte[4]);
            } catch (IOException e) {
                many.set(e);
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange(GET)).startsWith("HTTP/1.1 500 ");
            await().until(() -> many.get() != null); // the answer may be there before the handler hears of it
            then(many.get()).hasMessage("response body: 4 more bytes (expected: at most 3)");
        }
    }

    @Test
    void refuses_a_header_that_would_split_the_response() throws Exception {
        HttpHandler handler = exchange -> {
            exchange.getResponseHeaders().add("X", "a");
            exchange.getResponseHeaders().values().forEach(x -> x.set(0, "a\r\nSet-Cookie: b"));
            HttpOutboundTest.text(exchange, "never");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange(GET)).startsWith("HTTP/1.1 500 ").doesNotContain("Set-Cookie");
        }
    }

    @Test
    void answers_400_414_431_and_505_to_bad_heads_and_closes() throws Exception {
        HttpHandler handler = exchange -> HttpOutboundTest.text(exchange, "never");
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange("nonsense\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            then(stand.exchange("GET /| HTTP/1.1\r\nHost: a\r\n\r\n")).startsWith("HTTP/1.1 400 ");
            then(stand.exchange("GET /" + "x".repeat(9000) + " HTTP/1.1\r\n\r\n"))
                    .startsWith("HTTP/1.1 414 ");
            then(stand.exchange("GET / HTTP/1.1\r\nX: " + "x".repeat(60_000) + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 431 ")
                    .containsIgnoringCase("connection: close");
            then(stand.exchange("GET / HTTP/3.0\r\n\r\n")).startsWith("HTTP/1.1 505 ");
        }
    }

    @Test
    void answers_400_to_a_malformed_chunk() throws Exception {
        HttpHandler handler = exchange -> exchange.getRequestBody().readAllBytes();
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            then(stand.exchange("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"))
                    .startsWith("HTTP/1.1 400 ")
                    .containsIgnoringCase("connection: close");
        }
    }

    @Test
    void a_client_that_goes_away_wakes_a_reading_handler() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            begun.countDown();
            try {
                exchange.getRequestBody().readAllBytes();
            } catch (IOException e) {
                seen.set(e);
                throw e;
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            try (Socket socket = stand.connect()) {
                HttpStand.send(socket, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nhello");
                begun.await();
                socket.setSoLinger(true, 0);
            }
            await().until(() -> seen.get() != null);
            then(seen.get()).isInstanceOf(IOException.class);
        }
    }

    @Test
    void a_client_that_goes_away_wakes_a_writing_handler() throws Exception {
        AtomicReference<Throwable> seen = new AtomicReference<>();
        CountDownLatch begun = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            try {
                endless(exchange.getResponseBody(), begun, exchange::sendResponseHeaders);
            } catch (IOException e) {
                seen.set(e);
                throw e;
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            try (Socket socket = stand.connect()) {
                HttpStand.send(socket, GET);
                begun.await();
                socket.setSoLinger(true, 0);
            }
            await().until(() -> seen.get() != null);
            then(seen.get()).hasMessageContaining("the HTTP client went away");
        }
    }

    @Test
    void a_client_that_reads_slowly_holds_the_handler_back() throws Exception {
        int total = 50 * 1024 * 1024;
        AtomicLong written = new AtomicLong();
        HttpHandler handler = exchange -> {
            exchange.sendResponseHeaders(200, total);
            try (OutputStream out = exchange.getResponseBody()) {
                byte[] block = new byte[10_000];
                for (int left = total; left > 0; left -= block.length) {
                    out.write(block, 0, Math.min(left, block.length));
                    written.addAndGet(block.length);
                }
            }
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            HttpStand.send(socket, GET);
            HttpStand.readTo(socket, "\r\n\r\n");
            await("the kernel's buffers are full")
                    .until(() -> stand.sessions.stream().noneMatch(s -> s.isWritable()));
            then(written.get()).isLessThan(40L * 1024 * 1024);
            long most = 0;
            long read = 0;
            InputStream in = socket.getInputStream();
            byte[] buffer = new byte[64 * 1024];
            while (read < total) {
                int n = in.read(buffer);
                then(n).isPositive();
                read += n;
                most = Math.max(most, stand.usedBytes());
            }
            then(read).isEqualTo(total);
            then(most).isLessThan(1024 * 1024);
        }
    }

    @Test
    void a_handler_that_reads_slowly_holds_the_client_back() throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            awaitQuietly(go);
            HttpOutboundTest.text(exchange, "" + exchange.getRequestBody().readAllBytes().length);
        };
        int total = 20 * 1024 * 1024;
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket socket = stand.connect()) {
            AtomicLong sent = new AtomicLong();
            Thread client = new Thread(() -> {
                try {
                    HttpStand.send(socket, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + total + "\r\n\r\n");
                    byte[] block = new byte[64 * 1024];
                    for (int i = 0; i < total / block.length; i++) {
                        socket.getOutputStream().write(block);
                        sent.addAndGet(block.length);
                    }
                } catch (IOException e) {
                    throw new AssertionError(e);
                }
            });
            client.start();
            await().until(() -> stand.sessions.stream()
                    .anyMatch(s -> !s.config().isAutoRead() && s.pipeline().get(HttpSession.class) != null));
            then(stand.usedBytes()).isLessThan(1024 * 1024);
            then(sent.get()).isLessThan(total);
            go.countDown();
            then(HttpStand.readTo(socket, "" + total)).startsWith("HTTP/1.1 200 OK");
            client.join();
        }
    }

    @Test
    void a_stuck_handler_stops_only_its_own_session() throws Exception {
        CountDownLatch stuck = new CountDownLatch(1);
        HttpHandler handler = exchange -> {
            if ("/stuck".equals(exchange.getRequestURI().getPath())) {
                awaitQuietly(stuck);
            }
            HttpOutboundTest.text(exchange, "ok");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler));
                Socket first = stand.connect()) {
            HttpStand.send(first, "GET /stuck HTTP/1.1\r\nHost: a\r\n\r\n");
            then(stand.exchange(GET)).endsWith("ok");
            stuck.countDown();
            then(HttpStand.readTo(first, "ok")).startsWith("HTTP/1.1 200 OK");
        }
    }

    @Test
    void does_not_run_a_handler_on_an_event_loop() throws Exception {
        HttpHandler handler = exchange -> HttpOutboundTest.text(exchange, "never");
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler).executor(Runnable::run))) {
            then(stand.exchange(GET)).startsWith("HTTP/1.1 500 ").doesNotContain("never");
        }
    }

    @Test
    void answers_503_when_the_executor_rejects() throws Exception {
        HttpOutbound outbound = new HttpOutbound(exchange -> HttpOutboundTest.text(exchange, "never"))
                .executor(task -> {
                    throw new RejectedExecutionException("full");
                });
        try (HttpStand stand = new HttpStand(outbound)) {
            then(stand.exchange(GET)).startsWith("HTTP/1.1 503 ").containsIgnoringCase("connection: close");
        }
    }

    @Test
    void gives_up_on_heads_and_bodies_that_never_end_and_on_idle_clients() throws Exception {
        HttpOutbound outbound = new HttpOutbound(exchange -> {
                    exchange.getRequestBody().readAllBytes();
                    HttpOutboundTest.text(exchange, "ok");
                })
                .requestTimeout(Duration.ofMillis(200))
                .idleTimeout(Duration.ofMillis(200));
        try (HttpStand stand = new HttpStand(outbound);
                Socket head = stand.connect();
                Socket body = stand.connect();
                Socket idle = stand.connect()) {
            HttpStand.send(body, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhe");
            HttpStand.send(idle, GET);
            HttpStand.send(head, "GET / HTTP/1.1\r\nHost");
            then(head.getInputStream().readAllBytes()).isEmpty();
            then(new String(body.getInputStream().readAllBytes(), UTF_8)).startsWith("HTTP/1.1 408 ");
            then(new String(idle.getInputStream().readAllBytes(), UTF_8)).endsWith("ok");
        }
    }

    @Test
    void leaves_no_thread_behind() throws Exception {
        AtomicReference<Thread> used = new AtomicReference<>(Thread.currentThread());
        HttpHandler handler = exchange -> {
            used.set(Thread.currentThread());
            HttpOutboundTest.text(exchange, "ok");
        };
        try (HttpStand stand = new HttpStand(new HttpOutbound(handler))) {
            stand.exchange(GET);
        }
        Thread thread = Objects.requireNonNull(used.get());
        then(thread.isDaemon()).isTrue();
        await().atMost(Duration.ofSeconds(20)).until(() -> !thread.isAlive());
    }

    private static void endless(OutputStream out, CountDownLatch begun, Head head) throws IOException {
        head.send(200, 0);
        byte[] block = new byte[100_000];
        while (true) {
            out.write(block);
            begun.countDown();
        }
    }

    private interface Head {
        void send(int code, long length) throws IOException;
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
