package dev.reversetunnel.vmess;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.ServerAgreement;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.CipherWarmUp;
import dev.reversetunnel.door.Manner;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.security.Provider;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A VMess server: bridges register their tunnels here, and users may come in. Immutable: each method gives a new
 * server.
 *
 * <p>Whoever cannot show the key of a user learns nothing from it: no byte is sent, and the connection is held open
 * until the time for the handshake is up.
 */
public final class VmessServer extends CarrierServer<VmessServer> {
    private static final int REPLAY_CAPACITY = 1_000_000;

    // Set on a fresh copy only, before anybody else sees it.
    private List<VmessUser> users = List.of();
    private int replayCapacity = REPLAY_CAPACITY;
    private @Nullable Provider provider;
    private boolean insecure;

    VmessServer(int port) {
        super(port);
    }

    private VmessServer(VmessServer other) {
        super(other);
        users = other.users;
        replayCapacity = other.replayCapacity;
        provider = other.provider;
        insecure = other.insecure;
    }

    @Override
    protected VmessServer copy() {
        return new VmessServer(this);
    }

    /**
     * Adds a user.
     *
     * @param name under which rules and logs know him
     * @param id his secret
     * @return a new server
     * @throws IllegalArgumentException if the name or the id is taken
     */
    public VmessServer user(String name, UUID id) {
        return user(name, UserKey.of(id));
    }

    /**
     * Adds a user.
     *
     * @param name under which rules and logs know him
     * @param id his secret: a UUID, with or without dashes; or another text of 1 to 30 bytes, of which Xray and
     *     sing-box make a UUID as well (V2Ray does not)
     * @return a new server
     * @throws IllegalArgumentException if the id is neither, or the name or the id is taken
     */
    public VmessServer user(String name, String id) {
        return user(name, UserKey.of(id));
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
    public VmessServer user(String name, UUID id, Grant grant) {
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
    public VmessServer user(String name, String id, Grant grant) {
        return user(name, id).granted(name, grant);
    }

    private VmessServer user(String name, UserKey key) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("user: blank (expected: a name)");
        }
        for (VmessUser other : users) {
            if (other.name().equals(name)) {
                throw new IllegalArgumentException("user: \"" + name + "\" is there already");
            }
            if (other.key().isSameAs(key)) {
                throw new IllegalArgumentException(
                        "user: \"" + name + "\" has the id of \"" + other.name() + "\" (expected: one of his own)");
            }
        }
        List<VmessUser> more = new ArrayList<>(users);
        more.add(new VmessUser(name, key));
        VmessServer copy = new VmessServer(this);
        copy.users = List.copyOf(more);
        return copy;
    }

    /**
     * How many openings are remembered, so that none is accepted twice; each for four minutes at most. When there are
     * more, new ones are refused. Default: 1,000,000, which take up to 43 MB (and as many sessions three times that).
     *
     * @param openings 1 or more
     * @return a new server
     * @throws IllegalArgumentException if it is less than 1
     */
    public VmessServer replayCapacity(int openings) {
        VmessServer copy = new VmessServer(this);
        copy.replayCapacity = positive("replayCapacity", openings);
        return copy;
    }

    /**
     * Takes the ciphers from somewhere else, as far as it has them. Default: the JDK.
     *
     * @param ciphers such as Amazon's Corretto provider; need not be installed
     * @return a new server
     */
    public VmessServer provider(Provider ciphers) {
        VmessServer copy = new VmessServer(this);
        copy.provider = Objects.requireNonNull(ciphers, "provider");
        return copy;
    }

    /**
     * Lets users of other machines do without encryption ({@link VmessSecurity#NONE}, {@link VmessSecurity#ZERO}):
     * right if the network is a wire, or a TLS server of others is in front. Default: from this machine only, and by an
     * encrypted transport.
     *
     * @return a new server
     */
    public VmessServer insecure() {
        VmessServer copy = new VmessServer(this);
        copy.insecure = true;
        return copy;
    }

    @Override
    public Optional<String> fault() {
        return users.isEmpty() ? Optional.of(this + ": nobody can come in (call user(...))") : Optional.empty();
    }

    @Override
    public Set<String> users() {
        return users.stream().map(VmessUser::name).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new ServerAgreement(
                users.stream()
                        .map(user -> new ServerAgreement.User(
                                user.name(),
                                new Credentials.Vmess(user.key().id(), VmessSecurity.AUTO.word(), false),
                                grantOf(user.name()),
                                false))
                        .toList(),
                transport()));
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        CipherWarmUp.start(AeadAlgorithm.AES_128_GCM, provider);
        VmessListener listener = new VmessListener(
                new VmessListener.Settings(
                        users,
                        this::grantOf,
                        replayCapacity,
                        provider,
                        insecure || transport().isEncrypted()),
                door(context, Manner.SILENCE));
        return listen(listener.door(), listener::opening);
    }

    /** Where it listens and for how many users; never their ids. */
    @Override
    public String toString() {
        return "Vmess.server(" + where() + ", " + users.size() + " users)";
    }
}
