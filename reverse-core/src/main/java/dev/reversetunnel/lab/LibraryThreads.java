package dev.reversetunnel.lab;

import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The threads that the library starts, and ends when the last node or proxy is closed. Not those on which blocking
 * handlers and TLS work: they are the JVM's, and end by themselves when there is nothing to do.
 */
final class LibraryThreads {
    private static final List<String> NAMES = List.of("reverse-loop", "reverse-resolver", LabLoop.THREADS);

    private LibraryThreads() {}

    static Set<Thread> alive() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> NAMES.stream().anyMatch(thread.getName()::startsWith))
                .collect(Collectors.toSet());
    }
}
