package dev.reversetunnel.carrier;

import dev.reversetunnel.Grant;
import org.jspecify.annotations.Nullable;

/**
 * A server at which bridges register their tunnels, and by which users may come in. Immutable: each method gives a new
 * server. Extended by this library only.
 *
 * @param <S> the server itself
 */
public abstract class CarrierServer<S extends CarrierServer<S>> extends ProtocolServer<S> {
    private @Nullable Grant grant; // set on a fresh copy only

    /**
     * A server with all defaults.
     *
     * @param port 0 to 65535; 0 picks one that is free
     * @throws IllegalArgumentException if there is no such port
     */
    protected CarrierServer(int port) {
        super(port);
    }

    /**
     * A copy.
     *
     * @param other whose settings to take
     */
    protected CarrierServer(CarrierServer<S> other) {
        super(other);
        grant = other.grant;
    }

    /**
     * Lets users ask for destinations as well, but those who have a {@link Grant} of their own. Default: they register
     * tunnels and nothing else.
     *
     * @return a new server
     * @throws IllegalStateException if {@link #clientOnly()} was called
     */
    public S client() {
        return grant(Grant.BOTH);
    }

    /**
     * Lets users ask for destinations, and not register tunnels, but those who have a {@link Grant} of their own.
     *
     * @return a new server
     * @throws IllegalStateException if {@link #client()} was called
     */
    public S clientOnly() {
        return grant(Grant.CONNECT);
    }

    private S grant(Grant wanted) {
        if (grant != null && !grant.equals(wanted)) {
            throw new IllegalStateException("grant: already set (expected: client() or clientOnly(), not both)");
        }
        S copy = copy();
        CarrierServer<S> settings = copy;
        settings.grant = wanted;
        return copy;
    }

    /**
     * What a user may do.
     *
     * @param user his name
     * @return his own grant; else that of all users: to register tunnels, if nothing else was said
     */
    protected final Grant grantOf(String user) {
        return grantOf(user, grant == null ? Grant.REGISTER : grant);
    }
}
