package dev.reversetunnel.interop;

import java.io.IOException;

/** Our bridge in a JVM of its own; arguments are those of {@link Meeting#arguments()}. */
final class BridgeMain {
    private BridgeMain() {}

    public static void main(String[] arguments) throws IOException {
        try (End bridge = Ours.running(Ours.bridge(Meeting.of(arguments)))) {
            ChildJvm.serve();
        }
    }
}
