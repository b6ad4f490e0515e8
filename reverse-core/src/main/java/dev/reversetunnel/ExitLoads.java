package dev.reversetunnel;

import io.netty.channel.Channel;
import java.util.Collection;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.Collectors;

/** How many sessions are open by each outbound that a balancer chooses by load. Any thread. */
final class ExitLoads {
    private final Map<String, AtomicInteger> counts;

    ExitLoads(Collection<String> tags) {
        counts = tags.stream()
                .distinct()
                .collect(Collectors.toUnmodifiableMap(Function.identity(), tag -> new AtomicInteger()));
    }

    /** Somebody goes there, for as long as his channel is open. */
    void count(String tag, Channel channel) {
        AtomicInteger count = counts.get(tag);
        if (count != null) {
            count.incrementAndGet();
            channel.closeFuture().addListener(closed -> count.decrementAndGet());
        }
    }

    int of(String tag) {
        AtomicInteger count = counts.get(tag);
        return count == null ? 0 : count.get();
    }
}
