package dev.reversetunnel;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

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
                    "no tunnel after " + most.toMillis() + " ms: "
                            + (last == null ? "the portal has not answered yet" : last.getMessage()),
                    last == null ? e : last);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new TunnelException("no tunnel: " + cause.getMessage(), cause);
        }
    }
}
