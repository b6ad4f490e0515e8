package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.lab.FaultProxy;
import dev.reversetunnel.lab.Leftovers;
import dev.reversetunnel.lab.TunnelExtension;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;
import org.junit.platform.launcher.listeners.TestExecutionSummary;

/** Runs test classes that leave something, as JUnit does. */
class TunnelExtensionTest {
    private static final List<AutoCloseable> left = new ArrayList<>();
    private static final List<FaultProxy> lines = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable each : left) {
            each.close();
        }
        left.clear();
        lines.clear();
    }

    private static TestExecutionSummary run(Class<?> tests) {
        SummaryGeneratingListener summary = new SummaryGeneratingListener();
        LauncherFactory.create()
                .execute(
                        LauncherDiscoveryRequestBuilder.request()
                                .selectors(selectClass(tests))
                                // the watch over buffers stands around this test already
                                .configurationParameter("junit.jupiter.extensions.autodetection.enabled", "false")
                                .build(),
                        summary);
        return summary.getSummary();
    }

    private static void thenFails(Class<?> tests, String... inTheMessage) {
        TestExecutionSummary summary = run(tests);
        then(summary.getFailures()).hasSize(1);
        then(summary.getFailures().get(0).getException())
                .isInstanceOf(AssertionError.class)
                .hasMessageContainingAll(inTheMessage);
    }

    private static void thenPasses(Class<?> tests, int count) {
        TestExecutionSummary summary = run(tests);
        then(summary.getFailures())
                .extracting(TestExecutionSummary.Failure::getException)
                .isEmpty();
        then(summary.getTestsSucceededCount()).isEqualTo(count);
    }

    /** A web server, as it were, behind a tunnel. */
    abstract static class WithOrigin {
        Origin origin;

        @BeforeEach
        void start() throws IOException {
            origin = Origin.echo();
        }

        @AfterEach
        void stop() throws IOException {
            origin.close();
        }

        TunnelExtension tunnel() {
            return TunnelExtension.carriedBy(
                            Plain.server(Transport.tcp(), 0, Grant.REGISTER),
                            port -> Plain.client(Transport.tcp(), port))
                    .bridge(bridge -> bridge.forward("127.0.0.1", origin.port()))
                    .patience(Duration.ofMillis(500));
        }

        static void thenServes(Portal portal) throws IOException {
            try (Socket visitor = Tunnels.visit(portal)) {
                then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            }
        }
    }

    static class LeavesNothing extends WithOrigin {
        @RegisterExtension
        final TunnelExtension tunnel = tunnel().patience(Duration.ofSeconds(10));

        @Test
        void serves(Portal portal, Bridge bridge, FaultProxy line) throws IOException {
            thenServes(portal);
            then(bridge.snapshot().tunnels()).isNotEmpty();
            then(line.accepted()).isPositive();
            lines.add(line);
        }

        @Test
        void is_broken_in_all_ways(Portal portal, FaultProxy line) throws IOException {
            Socket visitor = Tunnels.visit(portal);
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
            line.both(way -> way.delay(Duration.ofSeconds(5)).stop());
            line.forget();
            visitor.close();
            lines.add(line);
        }

        @Test
        void asks_for_nothing() {}
    }

    @Test
    void passes_tests_that_leave_nothing_each_of_which_has_a_pair_of_its_own() {
        thenPasses(LeavesNothing.class, 3);
        then(lines).hasSize(2).doesNotHaveDuplicates();
    }

    static class Shared {
        @RegisterExtension
        static final TunnelExtension TUNNEL = TunnelExtension.carriedBy(
                        Plain.server(Transport.tcp(), 0, Grant.REGISTER), port -> Plain.client(Transport.tcp(), port))
                .portal(portal -> portal.waitForBridge(Duration.ofSeconds(20)))
                .bridge(bridge -> bridge.serve(exchange -> {
                    exchange.sendResponseHeaders(204, -1);
                    exchange.close();
                }));

        @Test
        void first(FaultProxy line) {
            lines.add(line);
            line.both(way -> way.stop());
        }

        @Test
        void second(FaultProxy line, Portal portal) throws IOException {
            lines.add(line);
            try (Socket visitor = Tunnels.visit(portal)) {
                visitor.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".getBytes());
                then(new String(visitor.getInputStream().readAllBytes())).startsWith("HTTP/1.1 204");
            }
        }
    }

    @Test
    void in_a_static_field_it_gives_all_tests_of_a_class_one_pair_over_a_network_that_is_well_again() {
        thenPasses(Shared.class, 2);
        then(lines).hasSize(2);
        then(lines.get(0)).isSameAs(lines.get(1));
    }

    static class LeavesASession extends WithOrigin {
        @RegisterExtension
        final TunnelExtension tunnel = tunnel();

        @Test
        void is_rude(Portal portal) throws IOException {
            Socket visitor = Tunnels.visit(portal);
            left.add(visitor);
            then(Tunnels.say(visitor, "hello")).isEqualTo("hello");
        }

        @Override
        void stop() {
            left.add(origin);
        }
    }

    @Test
    void fails_a_test_that_leaves_a_session() {
        thenFails(
                LeavesASession.class,
                "is_rude(Portal) left behind:",
                "1 sessions of portal \"portal\"",
                "1 sessions of bridge \"bridge\"",
                "the last requests: ",
                " from /127.0.0.1:");
    }

    static class LeavesANode extends WithOrigin {
        @RegisterExtension
        final TunnelExtension tunnel = tunnel();

        @Test
        void forgets(FaultProxy line) throws TunnelException {
            left.add(Tunnels.portal());
        }
    }

    @Test
    void fails_a_test_that_leaves_a_thread_and_says_what_it_does() {
        TestExecutionSummary summary = run(LeavesANode.class);
        then(summary.getFailures()).hasSize(1);
        then(summary.getFailures().get(0).getException())
                .hasMessageContaining("thread reverse-loop-")
                .satisfies(failure -> then(failure.getCause().getSuppressed()[0].getStackTrace())
                        .anyMatch(frame -> frame.getClassName().startsWith("io.netty")));
    }

    static class LeavesAPort extends WithOrigin {
        static int number;

        @RegisterExtension
        final TunnelExtension tunnel = tunnel();

        @Test
        void forgets() throws IOException {
            ServerSocket server = new ServerSocket(0, 1, Tunnels.loopback());
            number = server.getLocalPort();
            left.add(server);
        }
    }

    @Test
    void fails_a_test_that_leaves_a_port() {
        org.junit.jupiter.api.Assumptions.assumeTrue(
                java.nio.file.Files.exists(java.nio.file.Path.of("/proc/self/net/tcp")), "Linux tells whose a port is");
        TestExecutionSummary summary = run(LeavesAPort.class);
        then(summary.getFailures()).hasSize(1);
        then(summary.getFailures().get(0).getException()).hasMessageContaining("TCP port " + LeavesAPort.number);
    }

    static class Tolerates extends WithOrigin {
        @RegisterExtension
        final TunnelExtension tunnel = tunnel().tolerate(Leftovers.Kind.PORT, Leftovers.Kind.THREAD);

        @Test
        void forgets() throws TunnelException {
            left.add(Tunnels.portal());
        }
    }

    @Test
    void passes_what_is_tolerated() {
        thenPasses(Tolerates.class, 1);
    }

    static class FailsByItself extends WithOrigin {
        @RegisterExtension
        final TunnelExtension tunnel = tunnel();

        @Test
        void fails() throws TunnelException {
            left.add(Tunnels.portal());
            throw new IllegalStateException("my own fault");
        }
    }

    @Test
    void does_not_hide_the_failure_of_a_test() {
        TestExecutionSummary summary = run(FailsByItself.class);
        then(summary.getFailures()).hasSize(1);
        then(summary.getFailures().get(0).getException()).hasMessage("my own fault");
    }

    static class LeadsNowhere {
        @RegisterExtension
        final TunnelExtension tunnel = TunnelExtension.carriedBy(
                Plain.server(Transport.tcp(), 0, Grant.REGISTER), port -> Plain.client(Transport.tcp(), port));

        @Test
        void starts(Bridge bridge) {
            then(bridge).isNull();
        }
    }

    @Test
    void says_what_is_missing() {
        TestExecutionSummary summary = run(LeadsNowhere.class);
        then(summary.getFailures()).hasSize(1);
        then(summary.getFailures().get(0).getException())
                .hasStackTraceContaining("visitors would reach nothing (call forward(...), serve(...) or reach(...))");
    }

    @Test
    void is_of_no_use_outside_of_a_test() {
        TunnelExtension unused = TunnelExtension.carriedBy(
                Plain.server(Transport.tcp(), 0, Grant.REGISTER), port -> Plain.client(Transport.tcp(), port));
        thenThrownBy(unused::portal)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("no test is running (expected: a field with @RegisterExtension)");
    }
}
