package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * How soon a visitor has his first answer by a tunnel that is not there yet: from before the start of a bridge, which
 * dials, registers and is given the visitor who waits at the portal.
 */
final class NewTunnels {
    private static final int WARM_UP = 2_000;
    private static final int COUNT = 500;
    private static final int PATIENCE_MILLIS = 5_000;

    /** In which the portal learns that the tunnel before has gone. */
    private static final int PAUSE_MILLIS = 2;

    private NewTunnels() {}

    /** Makes the bridges, one after another. */
    @FunctionalInterface
    interface Bridges {
        Bridge start() throws IOException;
    }

    /** Nanoseconds, sorted. */
    static long[] firstAnswers(Bridges bridges, int userPort) throws IOException, InterruptedException {
        long[] nanos = new long[COUNT];
        InetSocketAddress portal = new InetSocketAddress(InetAddress.getLoopbackAddress(), userPort);
        // Holds the event loops: else each bridge would start and end threads.
        try (ReverseTunnel loops = ReverseTunnel.node()
                .outbound("nowhere", Outbound.refuse())
                .otherwise("nowhere")
                .start()) {
            for (int i = -WARM_UP; i < COUNT; i++) {
                long begin = System.nanoTime();
                try (Bridge bridge = bridges.start();
                        Socket visitor = new Socket()) {
                    visitor.setTcpNoDelay(true);
                    visitor.setSoTimeout(PATIENCE_MILLIS);
                    visitor.connect(portal, PATIENCE_MILLIS);
                    visitor.getOutputStream().write(LoadOrigin.ECHO);
                    if (visitor.getInputStream().read() != LoadOrigin.ECHO) {
                        throw new IOException("tunnel " + i + " gave no echo");
                    }
                    if (i >= 0) {
                        nanos[i] = System.nanoTime() - begin;
                    }
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
        Arrays.sort(nanos);
        return nanos;
    }
}
