package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import java.time.Duration;

/**
 * Our bridge in a JVM of its own, as {@link BridgeMain}, but up before it says so; told to end, it drains and says how
 * many sessions it cut.
 */
final class DrainedBridgeMain {
    private DrainedBridgeMain() {}

    public static void main(String[] arguments) throws Exception {
        try (Bridge bridge = Ours.bridge(Meeting.of(arguments)).start()) {
            bridge.awaitReady(Duration.ofSeconds(30));
            ChildJvm.serve();
            System.out.println("cut " + bridge.drain(Duration.ofSeconds(30)));
        }
    }
}
