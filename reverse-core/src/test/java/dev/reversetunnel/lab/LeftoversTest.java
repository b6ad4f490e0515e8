package dev.reversetunnel.lab;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.File;
import java.io.IOException;
import java.net.DatagramSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LeftoversTest {
    private static final Duration PATIENCE = Duration.ofMillis(200);

    @Test
    void finds_nothing_where_nothing_is() {
        Leftovers leftovers = Leftovers.watch();
        FaultProxy.to(1).close();
        DatagramFaultProxy.to(1).close();
        thenCode(() -> leftovers.check(Duration.ofSeconds(10))).doesNotThrowAnyException();
    }

    @Test
    void finds_the_thread_and_the_port_of_a_proxy_that_was_not_closed() {
        Leftovers leftovers = Leftovers.watch(Leftovers.Kind.BUFFER);
        try (FaultProxy forgotten = FaultProxy.to(1)) {
            leftovers.port(forgotten.port(), " (the fault proxy)");
            thenThrownBy(() -> leftovers.check(PATIENCE))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageStartingWith("left behind:")
                    .hasMessageContaining("thread " + LabLoop.THREADS)
                    .hasMessageContaining("TCP port " + forgotten.port() + " (the fault proxy)");
        }
    }

    @Test
    void finds_udp_ports() throws IOException {
        Assumptions.assumeTrue(Files.exists(Path.of("/proc/self/net/udp")), "Linux tells whose a port is");
        Leftovers leftovers = Leftovers.watch(Leftovers.Kind.BUFFER);
        try (DatagramSocket forgotten = new DatagramSocket()) {
            thenThrownBy(() -> leftovers.check(PATIENCE)).hasMessageContaining("UDP port " + forgotten.getLocalPort());
        }
    }

    @Test
    void waits_for_what_is_just_ending() {
        Leftovers leftovers = Leftovers.watch(Leftovers.Kind.BUFFER);
        FaultProxy late = FaultProxy.to(1);
        CompletableFuture<Void> closing = CompletableFuture.runAsync(late::close);
        thenCode(() -> leftovers.check(Duration.ofSeconds(20))).doesNotThrowAnyException();
        closing.join();
    }

    /** In a JVM of its own, for the tests' JVM has a leak detector of another make. */
    @ParameterizedTest
    @CsvSource({"1, true", "0, false"})
    void finds_a_buffer_that_was_not_released_and_where_it_was_made(int leaked, boolean found) throws Exception {
        List<String> output = run(Forgetful.class, Integer.toString(leaked));
        then(output.contains("left behind:")).as(String.join("\n", output)).isEqualTo(found);
        if (found) {
            then(output).anyMatch(line -> line.endsWith("1 buffers were not released"));
            then(output).anyMatch(line -> line.contains(Forgetful.class.getName() + ".make"));
        } else {
            then(output).last().isEqualTo("nothing");
        }
    }

    private static List<String> run(Class<?> main, String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(arguments));
        File output = File.createTempFile("forgetful", ".txt");
        try {
            Process process = new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(output)
                    .start();
            then(process.waitFor(60, java.util.concurrent.TimeUnit.SECONDS)).isTrue();
            return Files.readAllLines(output.toPath(), StandardCharsets.UTF_8);
        } finally {
            Files.delete(output.toPath());
        }
    }

    /** Makes buffers and forgets some. */
    static final class Forgetful {
        private Forgetful() {}

        public static void main(String[] arguments) {
            Leftovers leftovers = Leftovers.watch();
            int leaked = Integer.parseInt(arguments[0]);
            for (int i = 0; i < 100; i++) {
                ByteBuf buffer = make();
                if (i >= leaked) {
                    buffer.release();
                }
            }
            try {
                leftovers.check(Duration.ofSeconds(1));
                System.out.println("nothing");
            } catch (AssertionError e) {
                System.out.println(e.getMessage());
                for (Throwable origin : e.getSuppressed()) {
                    System.out.println(origin.getMessage());
                }
            }
        }

        private static ByteBuf make() {
            return PooledByteBufAllocator.DEFAULT.directBuffer(16);
        }
    }
}
