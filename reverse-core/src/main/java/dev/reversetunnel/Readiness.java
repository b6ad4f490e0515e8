package dev.reversetunnel;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;

/** Whether one of a node's bridges has a tunnel. */
record Readiness(Node node, List<String> bridges) {
    /** Completes with the first tunnel of any of them. */
    CompletableFuture<Void> ready() {
        return CompletableFuture.anyOf(bridges.stream()
                        .map(tag -> node.bridge(tag).ready().copy())
                        .toArray(CompletableFuture[]::new))
                .thenApply(any -> null);
    }

    /** Waits for it. */
    void await(Duration most) throws TunnelException, InterruptedException {
        try {
            ready().get(most.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            TunnelException last = bridges.stream()
                    .map(tag -> node.bridge(tag).lastFailure())
                    .filter(Objects::nonNull)
                    .findFirst()
                    .orElse(null);
            throw new TunnelException(
                    "no tunnel after " + most.toMillis() + " ms: " + diagnosis(), last == null ? e : last);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new TunnelException("no tunnel: " + cause.getMessage(), cause);
        }
    }

    /** What each portal's dials have come to. */
    private String diagnosis() {
        return bridges.stream()
                .map(tag -> (bridges.size() == 1 ? "" : tag + ": ") + diagnosis(node.bridge(tag)))
                .collect(Collectors.joining("; "));
    }

    private static String diagnosis(MuxBridge bridge) {
        TunnelException failure = bridge.lastFailure();
        return failure == null ? "the portal has not answered yet" : String.valueOf(failure.getMessage());
    }
}
