package dev.reversetunnel.runner;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is printed, where, and with which code it ends, as long as nothing is started. */
class RunnerTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path folder;

    private int run(String input, String... arguments) {
        return new Runner(
                        new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)),
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8))
                .start(arguments);
    }

    private String file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content).toString();
    }

    private String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String err() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void documents_as_they_are_printed_are_right_but_for_their_placeholders() {
        for (String seed : List.of("000-#", "001-#", "002-#", "004-#", "004-#-port-forwarding")) {
            then(run(Seeds.portal(seed, 1024, 80), "test", "-c", "stdin:"))
                    .as(seed)
                    .isZero();
            then(run(Seeds.bridge(seed, 1024, 80), "run", "-test", "-c", "-"))
                    .as(seed)
                    .isZero();
        }
        then(run(Seeds.read("000-portal"), "test", "-c", "-")).isZero();
        then(out()).hasLineCount(11).contains("Configuration OK.");
        then(err()).isEmpty();
    }

    @Test
    void a_comma_that_is_missing_is_found_by_line_and_column() throws IOException {
        String broken = file("002-bridge-broken.json", Seeds.read("002-bridge-broken"));
        then(run("", "test", "-c", broken)).isEqualTo(23);
        then(err()).startsWith("The document cannot be used:").contains("line 11, column 7: outbounds[0].tag: a comma");
        then(out()).isEmpty();
        then(run("", "-config", broken)).isEqualTo(23);
    }

    @Test
    void all_faults_are_told_at_once_and_no_secret_is() {
        then(run("""
                        {
                          "inbounds": [{"port": 70000, "protocol": "vmess", "settings": {"clients": [{"id": "not-an-id-but-secret"}]}}],
                          "outbounds": [{"protocol": "nosuch"}]
                        }
                        """, "test", "-c", "stdin:")).isEqualTo(23);
        then(err()).contains("70000").contains("nosuch").doesNotContain("but-secret");
    }

    @Test
    void warnings_do_not_fail_a_document() {
        then(run("{\"log\": {\"dnsLog\": true}, \"outbounds\": [{\"protocol\": \"freedom\"}]}", "test", "-c", "stdin:"))
                .isZero();
        then(err()).contains("warning: line 1, column ").contains("dnsLog");
        then(out()).isEqualToIgnoringNewLines("Configuration OK.");
    }

    @Test
    void files_and_lists_that_are_missing_are_found_by_test_too() throws IOException {
        String tls = "\"streamSettings\": {\"security\": \"tls\", \"tlsSettings\": {\"certificates\":"
                + " [{\"certificateFile\": \"/no/such.pem\", \"keyFile\": \"/no/such.key\"}]}}";
        String certificate = file(
                "certificate.json",
                "{\"inbounds\": [{\"port\": 0, \"protocol\": \"http\", " + tls
                        + "}], \"outbounds\": [{\"protocol\": \"freedom\"}]}");
        then(run("", "test", "-c", certificate)).isEqualTo(23);
        then(err()).contains("tlsSettings.certificates[0]: certificate: /no/such.pem cannot be read");
        err.reset();
        String list = file(
                "list.json",
                "{\"outbounds\": [{\"tag\": \"out\", \"protocol\": \"freedom\"}], \"routing\": {\"rules\":"
                        + " [{\"ip\": [\"ext:no-such.dat:de\"], \"outboundTag\": \"out\"}]}}");
        for (String command : List.of("test", "run")) {
            then(run("", command, "-c", list)).as(command).isEqualTo(23);
            then(err()).contains("The document cannot be used:").contains("no-such.dat");
            err.reset();
        }
        then(out()).isEmpty();
    }

    @Test
    void rules_that_never_match_are_told() throws IOException {
        then(run("""
                        {
                          "inbounds": [{"tag": "in", "port": 0, "protocol": "socks", "settings": {"auth": "noauth"}}],
                          "outbounds": [{"tag": "out", "protocol": "freedom"}],
                          "routing": {"rules": [{"protocol": ["https"], "outboundTag": "out"}]}
                        }
                        """, "test", "-c", "stdin:")).isZero();
        then(err()).startsWith("warning: rule \"protocol https to \"out\"\": no inbound looks for \"https\"");
    }

    @Test
    void an_empty_document_is_right_and_a_warning_says_what_it_does() {
        then(run("{}", "test", "-c", "stdin:")).isZero();
        then(err())
                .isEqualToIgnoringNewLines("warning: line 1, column 1: inbounds: nobody can come in (expected:"
                        + " \"inbounds\", or \"bridges\" in \"reverse\")");
        then(out()).isEqualToIgnoringNewLines("Configuration OK.");
    }

    @Test
    void fragments_are_put_together() throws IOException {
        String reverse = file("00.json", "{\"reverse\": {\"bridges\": [{\"tag\": \"bridge\", \"domain\": \"a.b\"}]}}");
        file("01.json", "{\"outbounds\": [{\"tag\": \"out\", \"protocol\": \"freedom\"}]}");
        String routing = file(
                "02.json",
                "{\"routing\": {\"rules\": [{\"type\": \"field\", \"inboundTag\": [\"bridge\"], \"outboundTag\": \"out\"}]}}");
        then(run("", "test", "-confdir", folder.toString())).isZero();
        then(run("", "test", "-c", reverse, "-c", routing)).isEqualTo(23); // the outbound is missing
        then(err()).contains("leads to \"out\"");
    }

    @Test
    void a_file_that_is_missing_is_named() {
        then(run("", "run", "-c", "/no/such.json")).isEqualTo(23);
        then(run("", "run", "-confdir", "/no/such")).isEqualTo(23);
        then(err()).isEqualToNormalizingNewlines("No such file: /no/such.json\nNo such file: /no/such\n");
    }

    @Test
    void a_folder_is_no_document() {
        then(run("", "run", "-c", folder.toString())).isEqualTo(23);
        then(err()).isEqualToIgnoringNewLines(folder + " cannot be read: Is a directory");
    }

    @Test
    void a_command_that_nobody_knows_is_wrong_usage() {
        then(run("", "start")).isEqualTo(2);
        then(err()).contains("\"start\" (expected: run, test").contains("help tells more");
    }

    @Test
    void help_and_version_are_printed() {
        then(run("", "help")).isZero();
        then(out()).contains("-confdir FOLDER").contains("Exit codes: 0");
        then(run("", "version")).isZero();
        then(out()).contains("ReverseTunnel ");
        then(err()).isEmpty();
    }
}
