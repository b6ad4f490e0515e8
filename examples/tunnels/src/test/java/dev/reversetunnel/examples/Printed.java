package dev.reversetunnel.examples;

import static org.awaitility.Awaitility.await;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What an example prints. */
final class Printed {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private Printed() {}

    /** An example's {@code main}. */
    @FunctionalInterface
    interface Main {
        void run(String[] args) throws Exception;
    }

    /** Runs an example that ends by itself, and returns all that it prints. */
    static String by(Main main, Object... args) throws Exception {
        String[] texts = new String[args.length];
        for (int i = 0; i < args.length; i++) {
            texts[i] = args[i].toString();
        }
        PrintStream console = System.out;
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        try {
            System.setOut(new PrintStream(printed, true, StandardCharsets.UTF_8));
            main.run(texts);
        } finally {
            System.setOut(console);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }

    /** Waits until a program prints a number. */
    static int portPrinted(Program program, String pattern) {
        return Integer.parseInt(matched(program, Pattern.compile(pattern)).group(1));
    }

    /** Waits until a program prints a whole document of JSON. */
    static String documentPrinted(Program program) {
        return matched(program, Pattern.compile("(?ms)^\\{$.*^}$")).group();
    }

    /** Waits until a program prints something. */
    static String textPrinted(Program program, String pattern) {
        return matched(program, Pattern.compile(pattern)).group();
    }

    private static Matcher matched(Program program, Pattern pattern) {
        return await().atMost(PATIENCE)
                .until(
                        () -> {
                            Matcher matcher = pattern.matcher(program.output());
                            return matcher.find() ? matcher : null;
                        },
                        found -> found != null);
    }
}
