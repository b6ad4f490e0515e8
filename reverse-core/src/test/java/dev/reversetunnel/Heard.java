package dev.reversetunnel;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Remembers all events as lines of text. */
final class Heard implements TunnelListener {
    final List<String> events = new CopyOnWriteArrayList<>();

    /** Apart from the others: most tests are about what goes wrong. */
    final List<String> routed = new CopyOnWriteArrayList<>();

    final LimitsTold limits = new LimitsTold();

    @Override
    public void tunnelUp(TunnelSnapshot tunnel) {
        events.add("up " + tunnel.number());
    }

    @Override
    public void tunnelDraining(TunnelSnapshot tunnel) {
        events.add("draining " + tunnel.number());
    }

    @Override
    public void tunnelDown(TunnelSnapshot tunnel, String reason) {
        events.add("down " + tunnel.number() + ": " + reason);
    }

    @Override
    public void dialFailed(String bridge, TunnelException cause, Duration next) {
        events.add("dial failed: " + cause.getMessage());
    }

    @Override
    public void requestRouted(Request request, String outbound) {
        routed.add(request.destination() + " to " + outbound);
    }

    @Override
    public void requestRefused(Request request, String reason) {
        events.add("refused " + request.destination() + ": " + reason);
    }

    @Override
    public void requestFailed(Request request, Throwable cause) {
        events.add("failed " + request.destination() + ": " + cause.getMessage());
    }

    @Override
    public void userRevoked(UserSnapshot user) {
        events.add("revoked " + user.user() + " of " + user.inbound() + ": " + user.revoked());
    }

    @Override
    public void userRestored(UserSnapshot user) {
        events.add("restored " + user.user() + " of " + user.inbound() + ": " + user.revoked());
    }

    @Override
    public void userThrottled(UserSnapshot user) {
        events.add("throttled " + user.user());
    }

    @Override
    public void limitReached(Limit limit, String detail) {
        limits.limitReached(limit, detail);
    }

    @Override
    public void memoryFull(boolean full) {
        events.add("memory " + (full ? "full" : "free"));
    }

    @Override
    public void tunnelBlocked(TunnelSnapshot tunnel, boolean blocked) {
        events.add((blocked ? "blocked " : "unblocked ") + tunnel.number());
    }

    @Override
    public void tunnelSuspect(TunnelSnapshot tunnel, boolean suspect) {
        events.add((suspect ? "suspect " : "alive ") + tunnel.number());
    }

    @Override
    public void protocolError(TunnelSnapshot tunnel, Throwable cause) {
        events.add("error " + tunnel.number() + ": " + cause.getMessage());
    }

    List<String> of(String kind) {
        return events.stream().filter(event -> event.startsWith(kind)).toList();
    }
}
