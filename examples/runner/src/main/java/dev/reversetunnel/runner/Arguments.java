package dev.reversetunnel.runner;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a command line asks for, in the words of V2Ray and Xray.
 *
 * @param command what to do
 * @param files the documents, in their order; {@code stdin:} is the standard input
 */
record Arguments(Command command, List<String> files) {
    /** What to do. */
    enum Command {
        RUN,
        TEST,
        VERSION,
        HELP
    }

    static final String STDIN = "stdin:";

    private static final String DEFAULT_FILE = "config.json";

    /** Refuses what could not be read. */
    Arguments {
        files = List.copyOf(files);
        if (files.contains(STDIN) && files.size() > 1) {
            throw new IllegalArgumentException("-c stdin: with other files (expected: alone)");
        }
    }

    /**
     * Understands a command line.
     *
     * @throws IllegalArgumentException if it cannot be understood; the message says why
     * @throws IOException if the folder of {@code -confdir} cannot be read
     */
    static Arguments parse(String... words) throws IOException {
        Command command = Command.RUN;
        List<String> files = new ArrayList<>();
        for (int i = 0; i < words.length; i++) {
            String word = words[i].startsWith("--") ? words[i].substring(1) : words[i];
            int equals = word.indexOf('=');
            String option = word.startsWith("-") && equals > 0 ? word.substring(0, equals) : word;
            switch (option) {
                case "run" -> requireFirst(i, word);
                case "test" -> {
                    requireFirst(i, word);
                    command = Command.TEST;
                }
                case "-test" -> command = Command.TEST;
                case "version", "-version" -> command = Command.VERSION;
                case "help", "-help", "-h" -> command = Command.HELP;
                case "-c", "-config" ->
                    files.add(file(equals > 0 ? word.substring(equals + 1) : value(option, words, ++i)));
                case "-format" -> requireJson(equals > 0 ? word.substring(equals + 1) : value(option, words, ++i));
                case "-confdir" ->
                    files.addAll(documentsIn(equals > 0 ? word.substring(equals + 1) : value(option, words, ++i)));
                default ->
                    throw new IllegalArgumentException("\"" + words[i]
                            + "\" (expected: run, test, version or help; -c FILE, -confdir FOLDER, -test)");
            }
        }
        return new Arguments(command, files.isEmpty() ? List.of(DEFAULT_FILE) : files);
    }

    private static String file(String name) {
        return name.equals("-") ? STDIN : name;
    }

    private static void requireJson(String format) {
        if (!format.equals("json") && !format.equals("auto")) {
            throw new IllegalArgumentException("-format: \"" + format + "\" (expected: json, the only one)");
        }
    }

    private static void requireFirst(int index, String word) {
        if (index != 0) {
            throw new IllegalArgumentException("\"" + word + "\": not the first word (expected: a file behind -c)");
        }
    }

    private static String value(String option, String[] words, int index) {
        if (index == words.length) {
            throw new IllegalArgumentException(option + ": nothing behind it (expected: a path)");
        }
        return words[index];
    }

    private static List<String> documentsIn(String folder) throws IOException {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<String> documents = files.map(Path::toString)
                    .filter(file -> file.endsWith(".json") || file.endsWith(".jsonc"))
                    .sorted()
                    .toList();
            if (documents.isEmpty()) {
                throw new IllegalArgumentException("-confdir: no document in " + folder + " (expected: *.json)");
            }
            return documents;
        }
    }
}
