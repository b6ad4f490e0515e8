package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import java.time.Duration;

/** Our bridge in a JVM of its own, with twelve tunnels: for as many sessions as these may have, 12,288. */
final class WideBridgeMain {
    private static final int TUNNELS = 12;

    private WideBridgeMain() {}

    public static void main(String[] arguments) throws Exception {
        try (Bridge bridge =
                Ours.bridge(Meeting.of(arguments)).tunnels(TUNNELS, TUNNELS).start()) {
            bridge.awaitReady(Duration.ofSeconds(30));
            ChildJvm.serve();
        }
    }
}
