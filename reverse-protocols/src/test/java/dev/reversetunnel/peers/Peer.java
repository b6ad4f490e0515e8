package dev.reversetunnel.peers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;

/** A program that tests talk to: where it is, and how to get it. */
record Peer(String name) {
    /** The executable: system property {@code peers.<name>}, or the first of that name in PATH. */
    Optional<Path> executable() {
        String given = System.getProperty("peers." + name);
        return given != null ? runnable(Path.of(given)) : in(System.getenv().getOrDefault("PATH", ""));
    }

    Optional<Path> in(String path) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .filter(directory -> !directory.isEmpty())
                .flatMap(directory -> runnable(Path.of(directory, name)).stream())
                .findFirst();
    }

    String howToInstall() {
        return name + " is not installed (apt-get install " + name + ", or name it with -Dpeers." + name + "=/path)";
    }

    private static Optional<Path> runnable(Path file) {
        return Optional.of(file).filter(Files::isRegularFile).filter(Files::isExecutable);
    }
}
