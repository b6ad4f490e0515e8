package dev.reversetunnel.peers;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A program that tests talk to: where it is, and how to get it. */
record Peer(String name) {
    /** Debian keeps servers where only root's PATH leads. */
    private static final String SERVERS = "/usr/sbin";

    private static final String XRAY = "xray";

    /** What is no program but a part of one, and where Debian's package puts it. */
    private static final Map<String, Path> MODULES = Map.of(Nginx.STREAM, Nginx.STREAM_MODULE);

    /** What installs a program whose package has another name. */
    private static final Map<String, String> INSTALLERS = Map.of(
            "ss-local",
            "apt-get install shadowsocks-libev",
            "ss-tunnel",
            "apt-get install shadowsocks-libev",
            "ss-server",
            "apt-get install shadowsocks-libev",
            "sing-box",
            ".ci/run does it: the wheel of .ci/sing-box.txt",
            XRAY,
            "build it yourself and put it into PATH");

    /** The executable: system property {@code peers.<name>}, or the first of that name in PATH. */
    Optional<Path> executable() {
        Path module = MODULES.get(name);
        if (module != null) {
            return Optional.of(module).filter(Files::isRegularFile);
        }
        return given().map(path -> runnable(Path.of(path)))
                .orElseGet(() -> in(System.getenv().getOrDefault("PATH", "") + File.pathSeparator + SERVERS));
    }

    private Optional<String> given() {
        return Stream.of(
                        System.getProperty("peers." + name),
                        isOptional() ? System.getProperty(XRAY) : null,
                        isOptional() ? System.getenv("XRAY") : null)
                .filter(Objects::nonNull)
                .findFirst();
    }

    /** No package of Debian or PyPI has Xray: it cannot be asked of every machine. */
    boolean isOptional() {
        return name.equals(XRAY);
    }

    Optional<Path> in(String path) {
        return Pattern.compile(File.pathSeparator, Pattern.LITERAL)
                .splitAsStream(path)
                .filter(directory -> !directory.isEmpty())
                .flatMap(directory -> runnable(Path.of(directory, name)).stream())
                .findFirst();
    }

    String howToInstall() {
        return name + " is not installed (" + INSTALLERS.getOrDefault(name, "apt-get install " + name)
                + ", or name it with -Dpeers." + name + "=/path)";
    }

    private static Optional<Path> runnable(Path file) {
        return Optional.of(file).filter(Files::isRegularFile).filter(Files::isExecutable);
    }
}
