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
        OwnLoops loops = new OwnLoops();
        try (Bridge bridge =
                Ours.bridge(Meeting.of(arguments)).eventLoops(loops.group()).start()) {
            bridge.awaitReady(Duration.ofSeconds(30));
            ChildJvm.serve(bridge, loops);
            System.out.println("cut " + bridge.drain(Duration.ofSeconds(30)));
        }
        System.exit(0); // with the loops, which are the application's
    }
}
