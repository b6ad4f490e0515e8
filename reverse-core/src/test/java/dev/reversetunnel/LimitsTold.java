package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Hears which limits of a node were met. {@code LimitsPageTest} wants a test for each that asks it. */
public final class LimitsTold implements TunnelListener {
    private final Map<Limit, List<String>> told = new ConcurrentHashMap<>();

    @Override
    public void limitReached(Limit limit, String detail) {
        told.computeIfAbsent(limit, first -> new CopyOnWriteArrayList<>()).add(detail);
    }

    /** What was said of it. */
    public List<String> of(Limit limit) {
        return told.getOrDefault(limit, List.of());
    }

    /** The limit was met so often, as the node has counted, and it told of it. */
    public void thenTold(Limit limit, NodeSnapshot snapshot, long times) {
        then(snapshot.limits()).containsEntry(limit, times);
        then(of(limit)).as("told of " + limit).isNotEmpty();
    }

    /** The limit is met, as the node counts, and it tells so in these words, soon. */
    public void thenTold(Limit limit, Supplier<NodeSnapshot> node, String words) {
        await().until(() -> node.get().reached(limit) > 0 && !of(limit).isEmpty());
        then(of(limit)).as("told of " + limit).anyMatch(detail -> detail.contains(words));
    }
}
