package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.Side;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What sockets see of a bad network. */
class FaultProxyTest {
    /** Long enough to see that nothing comes; only the good case waits for it. */
    private static final int SILENCE_MILLIS = 150;

    private final BlockingQueue<String> atTarget = new LinkedBlockingQueue<>();
    private Origin origin;
    private FaultProxy line;

    /** Echoes, and tells how each of its connections ended. */
    @BeforeEach
    void start() throws IOException {
        origin = new Origin(
                socket -> {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                    atTarget.add("clean end");
                },
                failure -> atTarget.add(failure instanceof SocketException ? "reset" : failure.toString()));
        line = FaultProxy.to(origin.port());
    }

    @AfterEach
    void close() throws IOException {
        line.close();
        origin.close();
    }

    private Socket client() throws IOException {
        Socket client = Tunnels.connect(line.port());
        then(Tunnels.say(client, "hello")).isEqualTo("hello");
        return client;
    }

    private String endAtTarget() throws InterruptedException {
        return atTarget.poll(10, TimeUnit.SECONDS);
    }

    private static void thenNothingComes(Socket client) throws IOException {
        client.setSoTimeout(SILENCE_MILLIS);
        thenThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
        client.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
    }

    private static void thenIsReset(Socket client) {
        thenThrownBy(() -> client.getInputStream().readAllBytes())
                .isInstanceOf(SocketException.class)
                .hasMessageContaining("reset");
    }

    @Test
    void without_a_fault_bytes_and_clean_ends_pass_both_ways() throws Exception {
        byte[] sent = new byte[3_000_000];
        new Random(1).nextBytes(sent);
        try (Socket client = Tunnels.connect(line.port())) {
            Thread writer = new Thread(() -> {
                try {
                    client.getOutputStream().write(sent);
                    client.shutdownOutput();
                } catch (IOException e) {
                    atTarget.add(e.toString());
                }
            });
            writer.start();
            then(client.getInputStream().readAllBytes()).isEqualTo(sent);
            writer.join();
        }
        then(endAtTarget()).isEqualTo("clean end");
        await().until(() -> line.open() == 0);
        then(line.accepted()).isEqualTo(1);
        then(line.toTarget().counts().passedBytes()).isEqualTo(sent.length);
        then(line.fromTarget().counts().passedBytes()).isEqualTo(sent.length);
    }

    @Test
    void bytes_and_clean_ends_pass_whole_with_every_fault_that_loses_nothing() throws Exception {
        line.both(way -> way.delay(Duration.ofMillis(5))
                .jitter(Duration.ofMillis(5))
                .split(1, 3_000)
                .stall(50_000, Duration.ofMillis(5))
                .throttle(2_000_000));
        byte[] sent = new byte[300_000];
        new Random(1).nextBytes(sent);
        try (Socket client = Tunnels.connect(line.port())) {
            client.getOutputStream().write(sent);
            client.shutdownOutput();
            then(client.getInputStream().readAllBytes()).isEqualTo(sent);
        }
        then(endAtTarget()).isEqualTo("clean end");
        then(line.toTarget().counts().stalls()).isPositive();
    }

    @Test
    void a_reset_passes() throws Exception {
        try (Socket client = client()) {
            client.setSoLinger(true, 0);
        }
        then(endAtTarget()).isEqualTo("reset");
        await().until(() -> line.open() == 0);
    }

    @Test
    void a_target_that_refuses_is_a_reset() throws Exception {
        line.target(Tunnels.freePort());
        Tunnels.thenResets(line.port());
    }

    @Test
    void a_cut_is_a_clean_end_for_both_in_the_middle_of_everything() throws Exception {
        try (Socket client = client()) {
            line.cut();
            then(client.getInputStream().read()).isEqualTo(-1);
            then(endAtTarget()).isEqualTo("clean end");
        }
        await().until(() -> line.open() == 0);
    }

    @Test
    void a_reset_by_force_is_one_for_both() throws Exception {
        try (Socket client = client()) {
            line.reset();
            thenIsReset(client);
            then(endAtTarget()).isEqualTo("reset");
        }
        then(line.open()).isZero();
    }

    @Test
    void resets_in_the_middle_of_a_download() throws Exception {
        try (Socket client = Tunnels.connect(line.port())) {
            line.fromTarget().resetAfter(1_000);
            client.getOutputStream().write(new byte[5_000]);
            thenThrownBy(() -> client.getInputStream().readNBytes(1_001)).isInstanceOf(SocketException.class);
            then(endAtTarget()).isEqualTo("reset");
            then(line.fromTarget().counts().passedBytes()).isEqualTo(1_000);
        }
    }

    @Test
    void what_was_forgotten_is_silent_for_ever_and_what_is_new_works() throws Exception {
        try (Socket client = client()) {
            line.forget();
            client.getOutputStream().write("anybody?\n".getBytes());
            thenNothingComes(client);
            try (Socket next = client()) {
                then(Tunnels.say(next, "somebody")).isEqualTo("somebody");
            }
            then(endAtTarget()).as("of the new one").isEqualTo("clean end");
            client.shutdownOutput();
            thenNothingComes(client);
            then(atTarget).isEmpty();
            then(line.open()).isEqualTo(1);
        }
    }

    @Test
    void a_black_hole_is_there_for_new_connections_too() throws Exception {
        try (Socket client = client()) {
            line.both(way -> way.blackHole());
            client.getOutputStream().write("anybody?\n".getBytes());
            try (Socket next = Tunnels.connect(line.port())) {
                next.getOutputStream().write("anybody?\n".getBytes());
                thenNothingComes(next);
            }
            thenNothingComes(client);
            line.clear();
            client().close();
            thenNothingComes(client);
        }
    }

    @Test
    void half_open_means_that_one_end_does_not_know() throws Exception {
        try (Socket client = client()) {
            line.halfOpen(Side.TARGET);
            then(endAtTarget()).isEqualTo("reset");
            client.getOutputStream().write("anybody?\n".getBytes());
            thenNothingComes(client);
        }
        try (Socket client = client()) {
            line.halfOpen(Side.CLIENT);
            thenIsReset(client);
            then(atTarget.poll(SILENCE_MILLIS, TimeUnit.MILLISECONDS)).isNull();
        }
    }

    @Test
    void stopped_it_tells_of_no_end_and_then_of_what_it_was() throws Exception {
        Socket clean = client();
        Socket abrupt = client();
        line.toTarget().stop();
        clean.getOutputStream().write("last words\n".getBytes());
        clean.shutdownOutput();
        abrupt.setSoLinger(true, 0);
        abrupt.close();
        thenNothingComes(clean);
        then(atTarget).isEmpty();

        line.toTarget().go();
        then(Tunnels.line(clean.getInputStream())).isEqualTo("last words");
        then(endAtTarget()).isIn("clean end", "reset");
        then(endAtTarget()).isIn("clean end", "reset");
        clean.close();
    }

    @Test
    void refuses_new_ones_and_keeps_old_ones() throws Exception {
        try (Socket client = client()) {
            line.refuse(true);
            Tunnels.thenResets(line.port());
            then(Tunnels.say(client, "still here")).isEqualTo("still here");
            line.clear();
            client().close();
        }
    }

    @Test
    void a_direction_that_stands_still_stops_its_sender() throws Exception {
        int window = 100_000;
        AtomicLong sent = new AtomicLong();
        line.toTarget().window(window).stop();
        Socket client = Tunnels.connect(line.port());
        client.setSendBufferSize(32 * 1024);
        Thread writer = new Thread(() -> {
            try {
                for (int i = 0; i < 4_000; i++) {
                    client.getOutputStream().write(new byte[16 * 1024]);
                    sent.addAndGet(16 * 1024);
                }
            } catch (IOException e) {
                return; // closed at the end of the test
            }
        });
        writer.start();
        long[] last = {-1};
        await().pollInterval(Duration.ofMillis(300)).until(() -> {
            long now = sent.get();
            boolean standing = now > 0 && now == last[0];
            last[0] = now;
            return standing;
        });
        // of 64 MB: the window and the kernel's buffers, which Linux grows to 6 MB
        then(sent.get()).isLessThan(20_000_000L);
        then(line.toTarget().counts().passedBytes()).isZero();
        client.close();
        writer.join();
    }

    @Test
    void throttles_to_about_what_was_said() throws Exception {
        line.fromTarget().throttle(200_000);
        try (Socket client = Tunnels.connect(line.port())) {
            long start = System.nanoTime();
            client.getOutputStream().write(new byte[100_000]);
            then(client.getInputStream().readNBytes(100_000)).hasSize(100_000);
            // a timer never fires early; late it may be
            then(System.nanoTime() - start).isGreaterThan(400_000_000);
        }
    }

    @Test
    void close_resets_and_frees_the_port() throws Exception {
        try (Socket client = client()) {
            int port = line.port();
            line.close();
            thenIsReset(client);
            await().ignoreExceptions().untilAsserted(() -> new ServerSocket(port, 1, Tunnels.loopback()).close());
            line.close();
        }
    }
}
