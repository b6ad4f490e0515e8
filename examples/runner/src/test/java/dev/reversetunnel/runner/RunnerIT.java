package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Ports;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The packaged program, as a user and a service manager see it. */
class RunnerIT {
    @TempDir
    Path folder;

    private final int port = Ports.free();

    private Path write(String json) throws Exception {
        return Files.writeString(folder.resolve("config.json"), json);
    }

    private static String proxy(int port, String level) {
        return """
                {
                  "log": {"loglevel": "%s"},
                  "inbounds": [{"tag": "in", "listen": "127.0.0.1", "port": %d, "protocol": "socks"}],
                  "outbounds": [{"protocol": "freedom"}] // everything
                }
                """.formatted(level, port);
    }

    @Test
    void a_document_that_is_right_is_said_to_be() throws Exception {
        try (RunnerProcess test =
                RunnerProcess.with("test", "-c", write(proxy(port, "warning")).toString())) {
            then(test.output()).endsWith("Configuration OK.");
            then(test.exitCode()).isZero();
        }
    }

    @Test
    void a_missing_comma_is_found_by_line_and_column() throws Exception {
        try (RunnerProcess run = RunnerProcess.with(
                "run", "-c", write(Seeds.read("002-bridge-broken")).toString())) {
            then(run.output()).contains("line 11, column 7", "a comma is missing");
            then(run.exitCode()).isEqualTo(Runner.DOCUMENT_IS_WRONG);
        }
    }

    @Test
    void a_document_may_come_by_the_standard_input() throws Exception {
        try (RunnerProcess test = RunnerProcess.with("run", "-test", "-c", "stdin:")) {
            test.write(proxy(port, "none"));
            then(test.output()).endsWith("Configuration OK.");
            then(test.exitCode()).isZero();
        }
    }

    @Test
    void a_file_that_is_missing_is_named() throws Exception {
        try (RunnerProcess run = RunnerProcess.with("run", "-c", "/nowhere/config.json")) {
            then(run.output()).contains("/nowhere/config.json");
            then(run.exitCode()).isEqualTo(Runner.DOCUMENT_IS_WRONG);
        }
    }

    @Test
    void a_command_that_is_unknown_is_told() throws Exception {
        try (RunnerProcess run = RunnerProcess.with("frob")) {
            then(run.output()).contains("\"frob\"", "expected: run, test");
            then(run.exitCode()).isEqualTo(Runner.WRONG_USAGE);
        }
    }

    @Test
    void a_port_that_is_taken_is_named() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                RunnerProcess run = RunnerProcess.with(
                        "run",
                        "-c",
                        write(proxy(taken.getLocalPort(), "warning")).toString())) {
            then(run.output()).contains("Failed to start", "port " + taken.getLocalPort(), "stop the other program");
            then(run.exitCode()).isEqualTo(Runner.CANNOT_START);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void it_tells_where_it_listens_and_ends_well_when_it_is_asked_to(boolean terminated) throws Exception {
        try (RunnerProcess run =
                RunnerProcess.with("run", "-c", write(proxy(port, "warning")).toString())) {
            then(run.awaitLine(" started ")).contains("listening: in at 127.0.0.1:" + port);
            try (Socket visitor = Client.connect(port)) {
                then(visitor.isConnected()).isTrue();
            }
            if (terminated) {
                run.terminate();
            } else {
                run.interrupt();
            }
            then(run.output()).endsWith("ReverseTunnel stopped");
            then(run.exitCode()).isZero();
        }
    }

    @Test
    void its_log_has_the_level_that_the_document_says() throws Exception {
        try (RunnerProcess run =
                RunnerProcess.with("run", "-c", write(proxy(port, "info")).toString())) {
            then(run.awaitLine("[Info]")).contains("started node");
        }
        try (RunnerProcess run =
                RunnerProcess.with("run", "-c", write(proxy(port, "none")).toString())) {
            run.awaitLine(" started ");
            run.terminate();
            then(run.output()).doesNotContain("[Info]", "[Warning]", "[Error]");
        }
    }

    @Test
    void what_has_no_effect_is_a_warning() throws Exception {
        String json =
                proxy(port, "warning").replace("\"loglevel\"", "\"access\": \"/nowhere/access.log\", \"loglevel\"");
        try (RunnerProcess test = RunnerProcess.with("test", "-c", write(json).toString())) {
            then(test.output()).contains("warning: ", "log.access", "Configuration OK.");
            then(test.exitCode()).isZero();
        }
    }
}
