package dev.reversetunnel;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The associations of one inbound, or of one of its sockets, by whatever tells them apart. When there are too many, the
 * one that was idle for longest is closed. Used on one event loop: that of the socket.
 *
 * @param <K> source address, session id
 */
public final class Associations<K> {
    /** How many there may be by default. */
    public static final int DEFAULT_MOST = 1_024;

    private final int most;
    private final Runnable evicted;
    /** In the order of their last use. */
    private final Map<K, AssociationChannel> table = new LinkedHashMap<>(16, 0.75f, true);

    /** A table of {@value #DEFAULT_MOST} at most. */
    public Associations() {
        this(DEFAULT_MOST);
    }

    /**
     * A table.
     *
     * @param most how many there may be at once; positive
     */
    public Associations(int most) {
        this(most, () -> {});
    }

    /**
     * A table whose owner hears when it is full.
     *
     * @param most how many there may be at once; positive
     * @param evicted called each time that the oldest is closed for another one
     */
    public Associations(int most, Runnable evicted) {
        if (most < 1) {
            throw new IllegalArgumentException("associations: " + most + " (expected: at least 1)");
        }
        this.most = most;
        this.evicted = Objects.requireNonNull(evicted, "evicted");
    }

    /**
     * Finds an association, which then is the last to be idle.
     *
     * @param key source address, session id
     * @return the association; null if there is none
     */
    public @Nullable AssociationChannel get(K key) {
        return table.get(key);
    }

    /**
     * Keeps an association until it is closed. If the table is full, the one that was idle for longest, in both
     * directions, is closed for it; if the key is taken, that one.
     *
     * @param key source address, session id
     * @param association open
     */
    public void put(K key, AssociationChannel association) {
        Objects.requireNonNull(association, "association");
        AssociationChannel before = table.remove(key);
        if (before != null) {
            before.close();
        } else if (table.size() >= most) {
            K idle = table.keySet().iterator().next();
            AssociationChannel oldest = table.remove(idle);
            if (oldest != null) {
                oldest.close();
                evicted.run();
            }
        }
        table.put(key, association);
        association.whenWritten(() -> table.get(key));
        association.closeFuture().addListener(closed -> table.remove(key, association));
    }

    /**
     * How many there are.
     *
     * @return the number
     */
    public int size() {
        return table.size();
    }

    /** Closes all of them, as when their socket is closed. */
    public void close() {
        List.copyOf(table.values()).forEach(AssociationChannel::close);
    }
}
