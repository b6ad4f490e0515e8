package dev.reversetunnel.interop;

import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.TunnelListener;
import dev.reversetunnel.TunnelSnapshot;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Writes down what happens to one of our ends: one line for each event. */
final class Heard implements TunnelListener {
    private final List<String> lines = new CopyOnWriteArrayList<>();

    List<String> lines() {
        return List.copyOf(lines);
    }

    List<String> lines(String kind) {
        return lines.stream().filter(line -> line.startsWith(kind + ": ")).toList();
    }

    @Override
    public void tunnelUp(TunnelSnapshot tunnel) {
        lines.add("up: " + tunnel.number());
    }

    @Override
    public void tunnelDraining(TunnelSnapshot tunnel) {
        lines.add("draining: " + tunnel.number());
    }

    @Override
    public void tunnelDown(TunnelSnapshot tunnel, String reason) {
        lines.add("down: " + tunnel.number() + " " + reason);
    }

    @Override
    public void dialFailed(String bridge, TunnelException cause, Duration next) {
        lines.add("dial failed: " + cause.getMessage());
    }

    @Override
    public void requestRefused(Request request, String reason) {
        lines.add("refused: " + request.destination() + " " + reason);
    }

    @Override
    public void requestFailed(Request request, Throwable cause) {
        lines.add("failed: " + request.destination() + " " + cause.getMessage());
    }

    @Override
    public void tunnelBlocked(TunnelSnapshot tunnel, boolean blocked) {
        lines.add((blocked ? "blocked: " : "unblocked: ") + tunnel.number());
    }

    @Override
    public void tunnelSuspect(TunnelSnapshot tunnel, boolean suspect) {
        lines.add((suspect ? "suspect: " : "alive: ") + tunnel.number());
    }

    @Override
    public void protocolError(TunnelSnapshot tunnel, Throwable cause) {
        lines.add("protocol error: " + cause.getMessage());
    }
}
