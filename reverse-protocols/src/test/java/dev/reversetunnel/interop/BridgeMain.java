package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;

/** Our bridge in a JVM of its own; arguments are those of {@link Meeting#arguments()}. */
final class BridgeMain {
    private BridgeMain() {}

    public static void main(String[] arguments) throws Exception {
        OwnLoops loops = new OwnLoops();
        try (Bridge bridge =
                Ours.bridge(Meeting.of(arguments)).eventLoops(loops.group()).start()) {
            ChildJvm.serve(bridge, loops);
        }
        System.exit(0); // with the loops, which are the application's
    }
}
