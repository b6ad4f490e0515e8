package dev.reversetunnel.interop;

import java.io.IOException;

/** Our portal in a JVM of its own; arguments are those of {@link Meeting#arguments()}. */
final class PortalMain {
    private PortalMain() {}

    public static void main(String[] arguments) throws IOException {
        try (End portal = Ours.running(Ours.portal(Meeting.of(arguments)))) {
            ChildJvm.serve();
        }
    }
}
