package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * Which bridge a tunnel belongs to, as its portal sees it. One of our make tells who it is, and which start of it; any
 * other is known by its credential and its address alone, so two behind one NAT are one.
 *
 * @param user the name under which it registered; empty if it has none
 * @param host where it comes from; empty if that is not known
 * @param node what it says who it is; null if it says nothing
 * @param startedAt when it was started, by its own clock; null if it says nothing
 */
record BridgeIdentity(
        String user,
        String host,
        @Nullable UUID node,
        @Nullable Instant startedAt) {
    /** Written out for a faster start, as is the hash; see {@link Destination#equals}. */
    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof BridgeIdentity that
                && user.equals(that.user)
                && host.equals(that.host)
                && Objects.equals(node, that.node)
                && Objects.equals(startedAt, that.startedAt);
    }

    @Override
    public int hashCode() {
        return 31 * (31 * user.hashCode() + host.hashCode()) + Objects.hashCode(node);
    }

    /** Before it has said anything, which a foreign one never does. */
    static BridgeIdentity of(Request registration) {
        InetSocketAddress source = registration.source();
        return new BridgeIdentity(registration.user(), source == null ? "" : source.getHostString(), null, null);
    }

    BridgeIdentity saying(UUID id, Instant started) {
        return new BridgeIdentity(user, host, id, started);
    }

    /** By which its dialect is remembered. */
    String name() {
        return user + '@' + host;
    }

    /** Whether both are one bridge, at one of its starts or another. */
    boolean isSameBridge(BridgeIdentity other) {
        return node == null ? equals(other) : node.equals(other.node) && user.equals(other.user);
    }

    /** Whether this is the same bridge before it was started again. A credential speaks for itself alone. */
    boolean isBefore(BridgeIdentity other) {
        return node != null
                && isSameBridge(other)
                && startedAt != null
                && other.startedAt != null
                && startedAt.isBefore(other.startedAt);
    }

    /**
     * Whether this may be what was there before the other, as far as credential and address tell. Of two that say
     * nothing it would be no more than a guess.
     */
    boolean mayBeBefore(BridgeIdentity other) {
        return !isSameBridge(other) && user.equals(other.user) && host.equals(other.host);
    }

    /** The same for all tunnels of a bridge. */
    long key() {
        return node == null
                ? name().hashCode() * 0x9E37_79B9_7F4A_7C15L
                : node.getMostSignificantBits() ^ Long.rotateLeft(node.getLeastSignificantBits(), 31);
    }
}
