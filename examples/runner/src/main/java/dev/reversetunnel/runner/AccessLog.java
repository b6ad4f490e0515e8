package dev.reversetunnel.runner;

import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelListener;
import io.netty.util.NetUtil;
import java.io.PrintStream;
import java.time.Instant;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A line for each request, in the form of V2Ray and Xray: when, who, whether accepted, where to, from which inbound to
 * which outbound. Written by a thread of its own, for event loops must not wait for a disk; what it cannot keep up with
 * is left out, and counted.
 */
final class AccessLog implements TunnelListener, AutoCloseable {
    private static final int MOST = 10_000;
    private static final String END = "";

    private final BlockingQueue<String> lines = new LinkedBlockingQueue<>(MOST);
    private final AtomicLong left = new AtomicLong();
    private final PrintStream out;
    private final Thread writer = new Thread(this::write, "access log");

    AccessLog(PrintStream out) {
        this.out = out;
        writer.setDaemon(true);
        writer.start();
    }

    @Override
    public void requestRouted(Request request, String outbound) {
        add(request, "accepted " + request.destination() + " [" + request.inbound() + " -> " + outbound + "]");
    }

    @Override
    public void requestRefused(Request request, String reason) {
        add(request, "rejected " + request.destination() + " [" + request.inbound() + "] " + reason);
    }

    private void add(Request request, String what) {
        // The other end of a tunnel may tell a name as the source, which is not looked up.
        String who = request.source() == null ? "unknown" : NetUtil.toSocketAddressString(request.source());
        String user = request.user().isEmpty() ? "" : " email: " + request.user();
        if (!lines.offer(LogOutput.TIME.format(Instant.now()) + " " + who + " " + what + user)) {
            left.incrementAndGet();
        }
    }

    private void write() {
        try {
            for (String line = lines.take(); !line.equals(END); line = lines.take()) {
                out.println(line);
                long missing = left.getAndSet(0);
                if (missing > 0) {
                    out.println(LogOutput.TIME.format(Instant.now()) + " " + missing + " lines are missing here");
                }
                if (lines.isEmpty()) {
                    out.flush();
                }
            }
            out.flush();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes what it has. */
    @Override
    public void close() {
        try {
            if (lines.offer(END)) {
                writer.join(1_000);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
