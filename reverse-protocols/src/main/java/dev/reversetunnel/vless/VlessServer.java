package dev.reversetunnel.vless;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.ServerAgreement;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.door.Manner;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A VLESS server: bridges register their tunnels here, by a rendezvous domain or by the reverse command, and users may
 * come in. Immutable: each method gives a new server.
 *
 * <p>Whoever cannot show the id of a user gets no byte, and is reset as soon as that is sure (behind TLS: closed); or
 * he is sent on to another server, see {@link #fallback(Outbound)}.
 */
public final class VlessServer extends CarrierServer<VlessServer> {
    // Set on a fresh copy only, before anybody else sees it.
    private List<VlessUser> users = List.of();
    private @Nullable Outbound fallback;
    private int maxDatagram = VlessDatagramEncoder.DEFAULT_LONGEST;
    private boolean insecure;

    VlessServer(int port) {
        super(port);
    }

    private VlessServer(VlessServer other) {
        super(other);
        users = other.users;
        fallback = other.fallback;
        maxDatagram = other.maxDatagram;
        insecure = other.insecure;
    }

    @Override
    protected VlessServer copy() {
        return new VlessServer(this);
    }

    /**
     * Adds a user, who registers tunnels by a rendezvous domain, as V2Ray's bridges do; or asks for destinations, see
     * {@link #client()}.
     *
     * @param name under which rules and logs know him
     * @param id his secret. Bytes 6 and 7 of it do not count: clients of Xray may write a route there
     * @return a new server
     * @throws IllegalArgumentException if the name or the id is taken
     */
    public VlessServer user(String name, UUID id) {
        return user(new VlessUser(name, UserId.of(id), false));
    }

    /**
     * As {@link #user(String, UUID)}.
     *
     * @param name under which rules and logs know him
     * @param id his secret: a UUID, with or without dashes; or another text of 1 to 30 bytes, of which Xray and
     *     sing-box make a UUID as well (V2Ray does not)
     * @return a new server
     * @throws IllegalArgumentException if the id is neither, or the name or the id is taken
     */
    public VlessServer user(String name, String id) {
        return user(new VlessUser(name, UserId.of(id), false));
    }

    /**
     * Adds a bridge of Xray 25.9.10 or newer, or of this library, that registers by the reverse command. It may do
     * nothing else, whatever {@link #client()} says, as Xray has it; and nobody else may register so.
     *
     * @param name under which rules and logs know it
     * @param id its secret, as of a user
     * @return a new server
     * @throws IllegalArgumentException if the name or the id is taken
     */
    public VlessServer reverseUser(String name, UUID id) {
        return user(new VlessUser(name, UserId.of(id), true));
    }

    /**
     * As {@link #reverseUser(String, UUID)}.
     *
     * @param name under which rules and logs know it
     * @param id its secret, as of a user
     * @return a new server
     * @throws IllegalArgumentException if the id is none, or the name or the id is taken
     */
    public VlessServer reverseUser(String name, String id) {
        return user(new VlessUser(name, UserId.of(id), true));
    }

    /**
     * Adds a user who may do something else than others, or so much and no more.
     *
     * @param name under which rules and logs know him
     * @param id his secret
     * @param grant such as {@code Grant.register("reverse.shop.internal").maxTunnels(4)}
     * @return a new server
     * @throws IllegalArgumentException if the name or the id is taken
     */
    public VlessServer user(String name, UUID id, Grant grant) {
        return user(name, id).granted(name, grant);
    }

    /**
     * As {@link #user(String, UUID, Grant)}.
     *
     * @param name under which rules and logs know him
     * @param id his secret, see {@link #user(String, String)}
     * @param grant such as {@code Grant.register("reverse.shop.internal").maxTunnels(4)}
     * @return a new server
     * @throws IllegalArgumentException if the id is none, or the name or the id is taken
     */
    public VlessServer user(String name, String id, Grant grant) {
        return user(name, id).granted(name, grant);
    }

    /**
     * Adds a bridge that registers by the reverse command, with limits.
     *
     * @param name under which rules and logs know it
     * @param id its secret
     * @param grant such as {@code Grant.registerAt("shop").maxTunnels(4)}: there is no domain to name here
     * @return a new server
     * @throws IllegalArgumentException if the grant is for something else, or the name or the id is taken
     */
    public VlessServer reverseUser(String name, UUID id, Grant grant) {
        return reverseUser(name, id).granted(name, registering(name, grant));
    }

    /**
     * As {@link #reverseUser(String, UUID, Grant)}.
     *
     * @param name under which rules and logs know it
     * @param id its secret, see {@link #user(String, String)}
     * @param grant such as {@code Grant.registerAt("shop").maxTunnels(4)}: there is no domain to name here
     * @return a new server
     * @throws IllegalArgumentException if the id is none, the grant is for something else, or the name or the id is
     *     taken
     */
    public VlessServer reverseUser(String name, String id, Grant grant) {
        return reverseUser(name, id).granted(name, registering(name, grant));
    }

    private static Grant registering(String name, Grant grant) {
        if (!grant.register() || grant.connect()) {
            throw new IllegalArgumentException("grant of \"" + name + "\": " + grant
                    + " (expected: Grant.registerAt(...) or Grant.REGISTER; a reverse user does nothing else)");
        }
        return grant;
    }

    private VlessServer user(VlessUser user) {
        if (user.name().isBlank()) {
            throw new IllegalArgumentException("user: blank (expected: a name)");
        }
        for (VlessUser other : users) {
            if (other.name().equals(user.name())) {
                throw new IllegalArgumentException("user: \"" + user.name() + "\" is there already");
            }
            if (UserSearch.collide(other.id(), user.id())) {
                throw new IllegalArgumentException("user: \"" + user.name() + "\" has the id of \"" + other.name()
                        + "\" (expected: one of his own; bytes 6 and 7 do not count)");
            }
        }
        List<VlessUser> more = new ArrayList<>(users);
        more.add(user);
        VlessServer copy = new VlessServer(this);
        copy.users = List.copyOf(more);
        return copy;
    }

    /**
     * Sends strangers to another server, such as a web server on this machine. It gets all of their bytes from the
     * first one, and its answers go back. Default: strangers are sent away.
     *
     * <p>A stranger is whoever does not begin with the version and a user's id; also, as at V2Ray and Xray, whoever
     * begins with fewer than 18 bytes in one piece. Limits for those who have not authenticated do not hold for him any
     * more: the other server has its own.
     *
     * @param host a name or an IP address
     * @param port 1 to 65535
     * @return a new server
     * @throws IllegalArgumentException if there is no such host or port
     */
    public VlessServer fallback(String host, int port) {
        return fallback(Outbound.to(host, port));
    }

    /**
     * As {@link #fallback(String, int)}, to wherever an outbound leads; the rules are not asked.
     *
     * @param outbound such as {@link Outbound#http}, which answers in this JVM
     * @return a new server
     */
    public VlessServer fallback(Outbound outbound) {
        VlessServer copy = new VlessServer(this);
        copy.fallback = Objects.requireNonNull(outbound, "fallback");
        return copy;
    }

    /**
     * How long the datagrams may be that are sent; longer ones are dropped. Default: 2,048 bytes, for V2Ray makes two
     * datagrams of a longer one. Xray takes 8,192, this library any. Does not concern tunnels, see {@code MuxOptions}.
     *
     * @param bytes 1 to 65,535
     * @return a new server
     * @throws IllegalArgumentException if it is out of range
     */
    public VlessServer maxDatagram(int bytes) {
        VlessServer copy = new VlessServer(this);
        copy.maxDatagram = VlessDatagramEncoder.requireSize(bytes);
        return copy;
    }

    /**
     * Lets other machines come in without encryption: right if the network is a wire, or a TLS server of others is in
     * front. Default: only by an encrypted transport, or at an address that this machine alone reaches.
     *
     * @return a new server
     */
    public VlessServer insecure() {
        VlessServer copy = new VlessServer(this);
        copy.insecure = true;
        return copy;
    }

    @Override
    public Optional<String> fault() {
        if (users.isEmpty()) {
            return Optional.of(this + ": nobody can come in (call user(...) or reverseUser(...))");
        }
        if (!insecure && !isLoopback() && !transport().isEncrypted()) {
            return Optional.of(this + ": everything would travel in clear (choose a TLS transport, or listen on"
                    + " address(\"127.0.0.1\"); or call insecure())");
        }
        return fallback == null ? Optional.empty() : fallback.fault();
    }

    @Override
    public boolean takesReverse() {
        return users.stream().anyMatch(VlessUser::reverse);
    }

    @Override
    public Set<String> users() {
        return users.stream().map(VlessUser::name).collect(Collectors.toUnmodifiableSet());
    }

    private Grant grantOf(VlessUser user) {
        return user.reverse() ? grantOf(user.name(), Grant.REGISTER) : grantOf(user.name());
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new ServerAgreement(
                users.stream()
                        .map(user -> new ServerAgreement.User(
                                user.name(), new Credentials.Vless(user.id().uuid()), grantOf(user), user.reverse()))
                        .toList(),
                transport()));
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        // Reset, for a close is one or not, depending on what has come and was not read yet.
        VlessListener listener =
                new VlessListener(users, this::grantOf, fallback, maxDatagram, door(context, Manner.RESET));
        return listen(listener.door(), channel -> listener.opening());
    }

    /** Where it listens and for how many users; never their ids. */
    @Override
    public String toString() {
        return "Vless.server(" + where() + ", " + users.size() + " users)";
    }
}
