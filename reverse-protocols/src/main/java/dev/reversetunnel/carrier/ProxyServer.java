package dev.reversetunnel.carrier;

import dev.reversetunnel.Grant;
import dev.reversetunnel.door.NamedUsers;
import java.util.Optional;
import java.util.Set;

/**
 * A proxy by which users come in, with names and passwords or without. Immutable: each method gives a new server.
 * Extended by this library only.
 *
 * @param <S> the server itself
 */
public abstract class ProxyServer<S extends ProxyServer<S>> extends ProtocolServer<S> {
    // Set on a fresh copy only, before anybody else sees it.
    private NamedUsers users = NamedUsers.NONE;
    private boolean open;

    /**
     * A server without users.
     *
     * @param port 0 to 65535; 0 picks one that is free
     * @throws IllegalArgumentException if there is no such port
     */
    protected ProxyServer(int port) {
        super(port);
    }

    /**
     * A copy.
     *
     * @param other whose settings to take
     */
    protected ProxyServer(ProxyServer<S> other) {
        super(other);
        users = other.users;
        open = other.open;
    }

    /**
     * Adds a user. With one at least, nobody comes in without a password.
     *
     * @param name under which rules and logs know him: 1 to 255 printable characters of ASCII, without a colon
     * @param password his secret: 1 to 255 printable characters of ASCII; travels in clear unless TLS is the transport
     * @return a new server
     * @throws IllegalArgumentException if one of them cannot be, or the name is taken
     */
    public final S user(String name, String password) {
        S copy = copy();
        ProxyServer<S> settings = copy;
        settings.users = users.with(name, password);
        return copy;
    }

    /**
     * Adds a user who may do so much and no more.
     *
     * @param name as of a user
     * @param password as of a user
     * @param grant such as {@code Grant.CONNECT.maxSessions(100)}; nobody registers tunnels here
     * @return a new server
     * @throws IllegalArgumentException if one of them cannot be, or the name is taken
     */
    public final S user(String name, String password, Grant grant) {
        if (grant.register() || !grant.connect()) {
            throw new IllegalArgumentException(
                    "grant of \"" + name + "\": " + grant + " (expected: Grant.CONNECT, and its limits)");
        }
        ProxyServer<S> known = user(name, password);
        return known.granted(name, grant);
    }

    /**
     * Lets everybody in who reaches the port, without a password: right if the network is your own. Default: from this
     * machine alone, at a loopback {@link #address}.
     *
     * @return a new server
     */
    public final S open() {
        S copy = copy();
        ProxyServer<S> settings = copy;
        settings.open = true;
        return copy;
    }

    /**
     * Who may come in.
     *
     * @return nobody in particular if there are none
     */
    protected final NamedUsers namedUsers() {
        return users;
    }

    /**
     * What a user may do.
     *
     * @param user his name; empty for nobody
     * @return to ask for destinations
     */
    protected final Grant grantOf(String user) {
        return grantOf(user, Grant.CONNECT);
    }

    @Override
    public Set<String> users() {
        return users.names();
    }

    @Override
    public Optional<String> fault() {
        return users.isEmpty() && !open && !isLoopback()
                ? Optional.of(this + ": everybody who reaches the port could use it, as spammers do with open proxies"
                        + " (call user(...), or address(\"127.0.0.1\"); or open() if that is wanted)")
                : Optional.empty();
    }

    @Override
    public boolean takesTunnels() {
        return false;
    }
}
