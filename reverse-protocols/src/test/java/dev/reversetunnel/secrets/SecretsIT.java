package dev.reversetunnel.secrets;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Secrets are in nothing that is printed: logs of the finest level, texts of all objects, events, exceptions with their
 * causes; and not in the memory of a process whose nodes were closed and whose owner has let go of them.
 */
class SecretsIT {
    /** As many as a heap's part that is read at a time has to share with the next one. */
    private static final int LONGEST_FORM = 1 << 10;

    @TempDir
    Path folder;

    @Test
    void are_neither_printed_nor_kept() throws Exception {
        Path secrets = folder.resolve("secrets");
        Path output = folder.resolve("output");
        Path heap = folder.resolve("heap.hprof");
        Process process = new ProcessBuilder(
                        System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                        "-Xmx256m",
                        "-Dorg.slf4j.simpleLogger.defaultLogLevel=trace",
                        "-cp",
                        System.getProperty("java.class.path"),
                        SecretsMain.class.getName(),
                        secrets.toString(),
                        heap.toString())
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
        try {
            then(process.waitFor(4, TimeUnit.MINUTES)).as("it ended").isTrue();
        } finally {
            process.destroyForcibly();
        }
        String said = Files.readString(output, StandardCharsets.ISO_8859_1);
        then(process.exitValue()).as("of what said: %s", tail(said)).isZero();
        // it did what it should: each carrier carried, each level of the log was written, and each way to fail was met
        then(said).contains(" DEBUG ", " texts\n", "tunnelUp", "dialFailed", "requestRefused", "DocumentException");

        List<Canary> canaries = Secrets.readTurned(secrets);
        List<String> printed = new ArrayList<>();
        for (Canary canary : canaries) {
            for (String line : said.lines().toList()) {
                if (canary.forms().stream().anyMatch(line::contains)) {
                    printed.add(canary + ": " + line);
                }
            }
        }
        then(printed).isEmpty();
        then(inHeap(heap, canaries)).isEmpty();
    }

    private static String tail(String said) {
        return said.substring(Math.max(0, said.length() - 5_000));
    }

    private static Set<String> inHeap(Path heap, List<Canary> canaries) throws IOException {
        Set<String> found = new TreeSet<>();
        byte[] part = new byte[8 << 20];
        try (InputStream dump = Files.newInputStream(heap)) {
            int kept = 0;
            while (true) {
                int read = dump.readNBytes(part, kept, part.length - kept);
                if (read == 0) {
                    return found;
                }
                String text = new String(part, 0, kept + read, StandardCharsets.ISO_8859_1);
                for (Canary canary : canaries) {
                    canary.forms().stream()
                            .filter(text::contains)
                            .forEach(form -> found.add(
                                    canary + (form.length() == canary.bytes().length ? ", raw" : ", as text")));
                }
                kept = Math.min(LONGEST_FORM, kept + read);
                System.arraycopy(
                        text.substring(text.length() - kept).getBytes(StandardCharsets.ISO_8859_1), 0, part, 0, kept);
            }
        }
    }
}
