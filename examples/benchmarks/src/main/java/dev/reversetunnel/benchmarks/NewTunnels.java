package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.mux.MuxDialect;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * How soon a visitor has his first answer by a tunnel that is not there yet: a bridge starts, dials, registers and is
 * given the visitor who waits at the portal.
 */
final class NewTunnels {
    private static final int WARM_UP = 2_000;
    private static final int COUNT = 500;
    private static final int PATIENCE_MILLIS = 5_000;

    /** In which the portal learns that the tunnel before has gone. */
    private static final int PAUSE_MILLIS = 2;

    private final long[] fromStart;
    private final long[] fromDial;

    private NewTunnels(long[] fromStart, long[] fromDial) {
        this.fromStart = fromStart;
        this.fromDial = fromDial;
    }

    /** Makes the bridges, one after another. */
    @FunctionalInterface
    interface Bridges {
        Bridge start(AtomicLong dialledAt) throws IOException;
    }

    /** Remembers when it was asked for a channel. */
    private record TimedDial(Outbound outbound, AtomicLong dialledAt) implements Outbound {
        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            dialledAt.set(System.nanoTime());
            return outbound.connect(request, dialer);
        }

        @Override
        public Optional<String> fault() {
            return outbound.fault();
        }

        @Override
        public MuxDialect dialect() {
            return outbound.dialect();
        }
    }

    /** The way to a portal, which tells when it is gone. */
    static Outbound timed(Outbound portal, AtomicLong dialledAt) {
        return new TimedDial(portal, dialledAt);
    }

    /** Starts and ends bridges one after another. */
    static NewTunnels measure(Bridges bridges, int userPort) throws IOException, InterruptedException {
        NewTunnels measured = new NewTunnels(new long[COUNT], new long[COUNT]);
        AtomicLong dialledAt = new AtomicLong();
        InetSocketAddress portal = new InetSocketAddress(InetAddress.getLoopbackAddress(), userPort);
        // Holds the event loops: else each bridge would start and end threads.
        try (ReverseTunnel loops = ReverseTunnel.node()
                .outbound("nowhere", Outbound.refuse())
                .otherwise("nowhere")
                .start()) {
            for (int i = -WARM_UP; i < COUNT; i++) {
                long begin = System.nanoTime();
                try (Bridge bridge = bridges.start(dialledAt);
                        Socket visitor = new Socket()) {
                    visitor.setTcpNoDelay(true);
                    visitor.setSoTimeout(PATIENCE_MILLIS);
                    visitor.connect(portal, PATIENCE_MILLIS);
                    visitor.getOutputStream().write(LoadOrigin.ECHO);
                    if (visitor.getInputStream().read() != LoadOrigin.ECHO) {
                        throw new IOException("tunnel " + i + " gave no echo");
                    }
                    if (i >= 0) {
                        long now = System.nanoTime();
                        measured.fromStart[i] = now - begin;
                        measured.fromDial[i] = now - dialledAt.get();
                    }
                }
                TimeUnit.MILLISECONDS.sleep(PAUSE_MILLIS);
            }
        }
        Arrays.sort(measured.fromStart);
        Arrays.sort(measured.fromDial);
        return measured;
    }

    /** Nanoseconds from before the start of the bridge, sorted. */
    long[] fromStart() {
        return fromStart;
    }

    /** Nanoseconds from before its dial, sorted. */
    long[] fromDial() {
        return fromDial;
    }

    /** On one line. */
    String text() {
        return LongStream.concat(Arrays.stream(fromStart), Arrays.stream(fromDial))
                .mapToObj(Long::toString)
                .collect(Collectors.joining(" "));
    }

    static NewTunnels of(String text) {
        long[] all =
                Arrays.stream(text.split(" ", -1)).mapToLong(Long::parseLong).toArray();
        return new NewTunnels(Arrays.copyOf(all, COUNT), Arrays.copyOfRange(all, COUNT, 2 * COUNT));
    }
}
