package dev.reversetunnel;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which of several bridges a portal sends a visitor to. Whatever it says, bridges that drain or do not answer come
 * last; and of the chosen bridge's tunnels the least loaded one is taken.
 *
 * <p>A bridge of our make is known by its own identity, so it may have many tunnels, and several may share a credential
 * or an address. One of another make is known by its credential and address.
 *
 * <p>Where bridges of our make serve a visitor whom the first one refuses, or who cannot be connected there, another
 * one is asked, as long as he was given nothing; see {@link Portal.Builder#bridges}.
 */
public final class BridgePolicy {
    private static final BridgePolicy LEAST_LOADED = new BridgePolicy("least loaded", (bridge, source) -> 0);
    private static final BridgePolicy STICKY = new BridgePolicy("sticky by source", BridgePolicy::rendezvous);

    private final String name;
    private final Preference preference;

    /** How little a bridge is wanted: less is better. */
    @FunctionalInterface
    private interface Preference {
        long of(BridgeIdentity bridge, @Nullable InetAddress source);
    }

    private BridgePolicy(String name, Preference preference) {
        this.name = name;
        this.preference = preference;
    }

    /**
     * The least loaded tunnel, whosever it is. The default.
     *
     * @return the policy
     */
    public static BridgePolicy leastLoaded() {
        return LEAST_LOADED;
    }

    /**
     * All connections from one address go to one bridge for as long as that lives: for applications that keep something
     * of a visitor in memory. By rendezvous hashing: when a bridge goes, its visitors are spread over the others and
     * nobody else moves; when one comes, it gets its share of every other one's. What is open stays where it is. Who
     * has no address goes to the least loaded.
     *
     * @return the policy
     */
    public static BridgePolicy stickyBySource() {
        return STICKY;
    }

    /**
     * All visitors go to the bridges of the first of these users who has one; then of those who are not named.
     *
     * @param first the user under whose name the primary registers
     * @param standbys those of the others, in their order
     * @return the policy
     * @throws IllegalArgumentException if a name comes twice
     */
    public static BridgePolicy primary(String first, String... standbys) {
        List<String> order = new ArrayList<>(List.of(standbys));
        order.add(0, first);
        if (new HashSet<>(order).size() != order.size()) {
            throw new IllegalArgumentException("primary: " + order + " (expected: each user once)");
        }
        return new BridgePolicy("primary " + String.join(", then ", order), (bridge, source) -> {
            int place = order.indexOf(bridge.user());
            return place < 0 ? order.size() : place;
        });
    }

    /** How little a bridge is wanted for a visitor: less is better. */
    long preference(BridgeIdentity bridge, @Nullable InetSocketAddress visitor) {
        return preference.of(bridge, visitor == null ? null : visitor.getAddress());
    }

    private static long rendezvous(BridgeIdentity bridge, @Nullable InetAddress source) {
        if (source == null) {
            return 0;
        }
        long visitor = 1;
        for (byte next : source.getAddress()) {
            visitor = visitor * 31 + next;
        }
        return mixed(mixed(visitor) ^ bridge.key());
    }

    /** Each bit of the outcome depends on all bits (the finalizer of SplitMix64, which is in the public domain). */
    private static long mixed(long value) {
        long mixed = (value ^ (value >>> 30)) * 0xBF58_476D_1CE4_E5B9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94D0_49BB_1331_11EBL;
        return mixed ^ (mixed >>> 31);
    }

    /** What it is, for logs. */
    @Override
    public String toString() {
        return name;
    }
}
