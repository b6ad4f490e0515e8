package dev.reversetunnel.interop;

import dev.reversetunnel.Portal;

/** Our portal in a JVM of its own; arguments are those of {@link Meeting#arguments()}. */
final class PortalMain {
    private PortalMain() {}

    public static void main(String[] arguments) throws Exception {
        OwnLoops loops = new OwnLoops();
        try (Portal portal =
                Ours.portal(Meeting.of(arguments)).eventLoops(loops.group()).start()) {
            ChildJvm.serve(portal, loops);
        }
        System.exit(0); // with the loops, which are the application's
    }
}
