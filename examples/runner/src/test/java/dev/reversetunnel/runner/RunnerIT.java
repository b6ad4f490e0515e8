package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The jar, run as a service is: ports, logs, signals and exit codes. */
class RunnerIT {
    private final Origin origin = Origin.start();
    private final int port = Ports.free();

    @TempDir
    Path folder;

    @AfterEach
    void close() {
        origin.close();
    }

    private String document(String log) {
        return """
                {
                  // a port that leads to a web server
                  "log": {%s},
                  "inbounds": [{"tag": "web", "port": %d, "listen": "127.0.0.1", "protocol": "dokodemo-door",
                                "settings": {"address": "127.0.0.1", "port": %d, "network": "tcp"}}],
                  "outbounds": [{"tag": "out", "protocol": "freedom"}],
                }
                """.formatted(log, port, origin.port());
    }

    private String file(String document) throws Exception {
        return Files.writeString(folder.resolve("config.json"), document).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT"})
    void runs_until_a_signal_and_ends_well(String signal) throws Exception {
        try (RunnerProcess runner = RunnerProcess.start("run", "-c", file(document("\"loglevel\": \"warning\"")))) {
            runner.awaitLine(
                    "ReverseTunnel [^ ]+ started, listening: web 127\\.0\\.0\\.1:" + port + " \\(dokodemo-door\\)");
            then(Client.get(port)).isEqualTo(Origin.BODY);
            runner.signal(signal);
            then(runner.exitCode()).isZero();
            then(runner.out()).last().isEqualTo("ReverseTunnel stopped");
            then(runner.out().get(1))
                    .matches("\\S+ \\S+ 127\\.0\\.0\\.1:\\d+ accepted tcp:127\\.0\\.0\\.1:" + origin.port()
                            + " \\[web -> out]");
            then(runner.out()).hasSize(3);
            then(runner.err()).isEmpty();
        }
    }

    @Test
    void lets_sessions_end_and_a_second_signal_does_not() throws Exception {
        int bridges = Ports.free();
        try (RunnerProcess portal = RunnerProcess.run(Seeds.portal("001-#", bridges, port));
                RunnerProcess bridge = RunnerProcess.run(Seeds.bridge("001-#", bridges, origin.port()))) {
            await().ignoreExceptions().until(() -> Client.get(port).equals(Origin.BODY));
            try (Socket session = Client.connect(port)) {
                then(Client.echo(session, "hello")).isEqualTo("hello");
                portal.signal("TERM");
                await().until(this::takesNobody);
                then(Client.echo(session, "still there")).isEqualTo("still there");
                portal.signal("TERM");
                then(portal.exitCode()).isEqualTo(143);
            }
            then(portal.out()).doesNotContain("ReverseTunnel stopped");
            then(bridge.out()).isNotEmpty();
        }
    }

    private boolean takesNobody() throws IOException {
        try (Socket late = Client.connect(port)) {
            return !late.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    @Test
    void an_empty_document_is_started_and_waits_as_theirs() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start("run", "-c", file("{}"))) {
            runner.awaitLine("ReverseTunnel [^ ]+ started, no port is open");
            then(runner.err()).singleElement().asString().contains("nobody can come in");
            runner.signal("TERM");
            then(runner.exitCode()).isZero();
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws Exception {
        try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
                RunnerProcess runner = RunnerProcess.start("run", "-c", file(document("")))) {
            then(runner.exitCode()).isEqualTo(255);
            then(other.isClosed()).isFalse();
            then(runner.err())
                    .singleElement()
                    .asString()
                    .contains("Failed to start: inbound \"web\": cannot listen on port " + port);
            then(runner.out()).isEmpty();
        }
    }

    @Test
    void a_document_that_is_wrong_ends_it_with_23() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start("run", "-c", file(Seeds.read("002-bridge-broken")))) {
            then(runner.exitCode()).isEqualTo(23);
            then(runner.err()).anySatisfy(line -> then(line).contains("line 11, column 7"));
        }
    }

    @Test
    void logs_go_where_the_document_wants_them() throws Exception {
        Path access = folder.resolve("access.log");
        Path error = folder.resolve("error.log");
        String log = "\"access\": \"%s\", \"error\": \"%s\", \"loglevel\": \"info\"".formatted(access, error);
        try (RunnerProcess runner = RunnerProcess.start("run", "-c", file(document(log)))) {
            runner.awaitLine(".* started, .*");
            then(Client.get(port)).isEqualTo(Origin.BODY);
            runner.signal("TERM");
            then(runner.exitCode()).isZero();
            then(runner.out()).hasSize(2);
        }
        then(Files.readAllLines(access)).singleElement().asString().contains(" accepted tcp:127.0.0.1:");
        then(Files.readAllLines(error))
                .anySatisfy(
                        line -> then(line)
                                .matches(
                                        "\\S+ \\S+ \\[Info] dev\\.reversetunnel\\.Node: started node, listening: web at \\S+ \\(Netty 4\\.\\S+\\)"));
    }

    @Test
    void a_log_that_cannot_be_written_is_named() throws Exception {
        try (RunnerProcess runner =
                RunnerProcess.start("run", "-c", file(document("\"access\": \"" + folder + "/no/such.log\"")))) {
            then(runner.exitCode()).isEqualTo(255);
            then(runner.err())
                    .containsExactly("Failed to start: the log " + folder
                            + "/no/such.log cannot be written: its folder is not there");
        }
    }

    @Test
    void nothing_is_logged_where_nothing_is_wanted() throws Exception {
        String bridge = Seeds.bridge("001-#", Ports.free(), origin.port());
        String quiet = bridge.replaceFirst("\\{", "{ \"log\": {\"loglevel\": \"none\", \"access\": \"none\"},");
        try (RunnerProcess loud = RunnerProcess.start("run", "-c", file(bridge));
                RunnerProcess silent = RunnerProcess.run(quiet)) {
            loud.awaitLine(".*\\[Warning] dev\\.reversetunnel\\.MuxBridge: .*cannot reach.*"); // nobody is there
            silent.signal("TERM");
            then(silent.exitCode()).isZero();
            then(silent.out())
                    .satisfiesExactly(
                            line -> then(line).endsWith("started, no port is open"),
                            line -> then(line).isEqualTo("ReverseTunnel stopped"));
            then(silent.err()).isEmpty();
        }
    }

    @Test
    void a_warning_of_the_document_is_told() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start("test", "-c", file(document("\"dnsLog\": true")))) {
            then(runner.exitCode()).isZero();
            then(runner.out()).isEqualTo(List.of("Configuration OK."));
            then(runner.err())
                    .singleElement()
                    .asString()
                    .startsWith("warning: line 3, column")
                    .contains("dnsLog");
        }
    }

    @Test
    void it_knows_its_version() throws Exception {
        try (RunnerProcess runner = RunnerProcess.start("version")) {
            then(runner.exitCode()).isZero();
            then(runner.out()).singleElement().asString().matches("ReverseTunnel \\d+\\.\\d+\\.\\d+.*");
        }
    }
}
