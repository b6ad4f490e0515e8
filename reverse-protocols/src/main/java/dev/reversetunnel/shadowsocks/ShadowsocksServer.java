package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Associations;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.TcpTransport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.agreement.ServerAgreement;
import dev.reversetunnel.carrier.CarrierServer;
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
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A Shadowsocks server: bridges register their tunnels here, and users may come in, by streams and by datagrams.
 * Immutable: each method gives a new server.
 *
 * <p>Whoever cannot show a user's key learns nothing from it. Not a byte is sent; by the edition of 2017 his connection
 * is held open until the time for the handshake is up, by that of 2022 it is reset.
 */
public final class ShadowsocksServer extends CarrierServer<ShadowsocksServer> {
    private static final Logger logger = LoggerFactory.getLogger(ShadowsocksServer.class);
    private static final int REPLAY_CAPACITY = 1_000_000;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable ShadowsocksMethod method;
    private List<Credential> credentials = List.of();
    private @Nullable String serverKey;
    private int replayCapacity = REPLAY_CAPACITY;
    private int maxAssociations = Associations.DEFAULT_MOST;
    private @Nullable Boolean udp;
    private @Nullable Provider provider;

    ShadowsocksServer(int port) {
        super(port);
    }

    private ShadowsocksServer(ShadowsocksServer other) {
        super(other);
        method = other.method;
        credentials = other.credentials;
        serverKey = other.serverKey;
        replayCapacity = other.replayCapacity;
        maxAssociations = other.maxAssociations;
        udp = other.udp;
        provider = other.provider;
    }

    @Override
    protected ShadowsocksServer copy() {
        return new ShadowsocksServer(this);
    }

    /**
     * Edition and cipher, the same at all clients. Default: {@link ShadowsocksMethod#BLAKE3_AES_128_GCM_2022}.
     *
     * @param kind of this server's users, but those that were added with a method of their own
     * @return a new server
     * @throws IllegalArgumentException if a key that was set before is none for it
     */
    public ShadowsocksServer method(ShadowsocksMethod kind) {
        ShadowsocksServer copy = copy();
        copy.method = Objects.requireNonNull(kind, "method");
        copy.checkKeys();
        return copy;
    }

    /**
     * Adds a user. Call {@link #method} before, so that a wrong key shows at once and not at the start.
     *
     * @param name under which rules and logs know him
     * @param password his secret. By the edition of 2022 a key in base64, of exactly as many bytes as the method wants;
     *     by that of 2017 any text, which should be long and random: {@link ShadowsocksMethod#newPassword} makes either
     * @return a new server
     * @throws IllegalArgumentException if the key is none, or the name or the key is taken
     */
    public ShadowsocksServer user(String name, String password) {
        return add(new Credential(name, null, password));
    }

    /**
     * Adds a user of the edition of 2017 with a method of his own, as Xray has them.
     *
     * @param name under which rules and logs know him
     * @param kind one of 2017, as those of all other users must be then
     * @param password his secret
     * @return a new server
     * @throws IllegalArgumentException if the method is one of 2022, or the name or the password is taken
     */
    public ShadowsocksServer user(String name, ShadowsocksMethod kind, String password) {
        if (kind.is2022()) {
            throw new IllegalArgumentException(
                    "method: " + kind + " (expected: one of 2017; that of 2022 is the same for all users)");
        }
        return add(new Credential(name, kind, password));
    }

    /**
     * Adds a user who may do something else than others, or so much and no more.
     *
     * @param name under which rules and logs know him
     * @param password his secret, see {@link #user(String, String)}
     * @param grant such as {@code Grant.CONNECT.bytesPerSecond(1_000_000)}
     * @return a new server
     * @throws IllegalArgumentException if the key is none, or the name or the key is taken
     */
    public ShadowsocksServer user(String name, String password, Grant grant) {
        return user(name, password).granted(name, grant);
    }

    /**
     * Adds a user of the edition of 2017 with a method of his own, who may do something else than others, or so much
     * and no more.
     *
     * @param name under which rules and logs know him
     * @param kind one of 2017, as those of all other users must be then
     * @param password his secret
     * @param grant such as {@code Grant.CONNECT.bytesPerSecond(1_000_000)}
     * @return a new server
     * @throws IllegalArgumentException if the method is one of 2022, or the name or the password is taken
     */
    public ShadowsocksServer user(String name, ShadowsocksMethod kind, String password, Grant grant) {
        return user(name, kind, password).granted(name, grant);
    }

    private ShadowsocksServer add(Credential credential) {
        if (credential.name.isBlank()) {
            throw new IllegalArgumentException("user: blank (expected: a name)");
        }
        List<Credential> more = new ArrayList<>(credentials);
        more.add(credential);
        ShadowsocksServer copy = copy();
        copy.credentials = List.copyOf(more);
        copy.checkKeys();
        return copy;
    }

    /**
     * The server's own key, by which clients of 2022 say who they are when there are several. Their password is then
     * this key and their own, joined by a colon. With AES only.
     *
     * @param key in base64, of exactly as many bytes as the method wants
     * @return a new server
     * @throws IllegalArgumentException if it is no key
     */
    public ShadowsocksServer serverKey(String key) {
        ShadowsocksServer copy = copy();
        copy.serverKey = Objects.requireNonNull(key, "serverKey");
        copy.checkKeys();
        return copy;
    }

    /**
     * How many openings are remembered, so that none is accepted twice. By the edition of 2022 each for a minute, and
     * when there are more, new ones are refused; by that of 2017 without end, and when there are more, the older half
     * is forgotten. Default: 1,000,000, which take up to 90 MB.
     *
     * @param openings 1 or more
     * @return a new server
     * @throws IllegalArgumentException if it is less than 1
     */
    public ShadowsocksServer replayCapacity(int openings) {
        ShadowsocksServer copy = copy();
        copy.replayCapacity = positive("replayCapacity", openings);
        return copy;
    }

    /**
     * Whether datagrams are taken as well, at the UDP port of the same number. Default: yes, if the transport is TCP
     * itself. They are protected by Shadowsocks alone, whatever the transport of streams adds.
     *
     * @param on whether
     * @return a new server
     */
    public ShadowsocksServer udp(boolean on) {
        ShadowsocksServer copy = copy();
        copy.udp = on;
        return copy;
    }

    /**
     * How many visitors may exchange datagrams at once; for one more, the one that was idle for longest has to go.
     * Default: 1,024.
     *
     * @param most 1 or more
     * @return a new server
     * @throws IllegalArgumentException if it is less than 1
     */
    public ShadowsocksServer maxAssociations(int most) {
        ShadowsocksServer copy = copy();
        copy.maxAssociations = positive("maxAssociations", most);
        return copy;
    }

    /**
     * Takes the ciphers from somewhere else, as far as it has them. Default: the JDK.
     *
     * @param ciphers such as Amazon's Corretto provider; need not be installed
     * @return a new server
     */
    public ShadowsocksServer provider(Provider ciphers) {
        ShadowsocksServer copy = copy();
        copy.provider = Objects.requireNonNull(ciphers, "provider");
        return copy;
    }

    @Override
    public Optional<String> fault() {
        if (credentials.isEmpty()) {
            return Optional.of(this + ": nobody can come in (call user(...))");
        }
        try {
            String fault = faultOf(checkedUsers());
            if (fault == null && serverKey != null) {
                UserKey.of(methodOrDefault(), "serverKey", serverKey);
            }
            return Optional.ofNullable(fault).map(text -> this + ": " + text);
        } catch (IllegalArgumentException e) {
            return Optional.of(this + ": " + e.getMessage());
        }
    }

    private @Nullable String faultOf(List<ShadowsocksUser> users) {
        ShadowsocksMethod first = users.get(0).method();
        for (ShadowsocksUser user : users) {
            if (user.method() != first && (user.method().is2022() || first.is2022())) {
                return "method: both " + first + " and " + user.method() + " (expected: one edition)";
            }
        }
        if (!first.is2022()) {
            return serverKey == null ? null : "serverKey: set (expected: none; it belongs to the methods of 2022)";
        }
        if (users.size() == 1 && serverKey == null) {
            return null;
        }
        if (!first.isAes()) {
            return "users: " + users.size() + (serverKey == null ? "" : " and a server key")
                    + " (expected: one, and no server key; only the AES methods of 2022 tell users apart)";
        }
        return serverKey == null
                ? "users: " + users.size() + " (expected: the server's own key as well, by which they are told apart;"
                        + " call serverKey(...))"
                : null;
    }

    private void checkKeys() {
        if (method != null) {
            checkedUsers();
            if (serverKey != null && method.is2022()) {
                UserKey.of(method, "serverKey", serverKey);
            }
        }
    }

    private ShadowsocksMethod methodOrDefault() {
        return method == null ? ShadowsocksMethod.BLAKE3_AES_128_GCM_2022 : method;
    }

    private List<ShadowsocksUser> checkedUsers() {
        List<ShadowsocksUser> users = new ArrayList<>();
        for (Credential credential : credentials) {
            ShadowsocksMethod kind = credential.method == null ? methodOrDefault() : credential.method;
            ShadowsocksUser user = new ShadowsocksUser(
                    credential.name,
                    kind,
                    UserKey.of(kind, "password of user \"" + credential.name + '"', credential.password));
            for (ShadowsocksUser other : users) {
                if (other.name().equals(user.name())) {
                    throw new IllegalArgumentException("user: \"" + user.name() + "\" is there already");
                }
                if (other.method() == kind && other.key().isSameAs(user.key())) {
                    throw new IllegalArgumentException("user: \"" + user.name() + "\" has the password of \""
                            + other.name() + "\" (expected: one of his own)");
                }
            }
            users.add(user);
        }
        return List.copyOf(users);
    }

    @Override
    public Set<String> users() {
        return credentials.stream().map(Credential::name).collect(Collectors.toUnmodifiableSet());
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new ServerAgreement(
                credentials.stream()
                        .map(user -> new ServerAgreement.User(user.name, agreed(user), grantOf(user.name), false))
                        .toList(),
                transport()));
    }

    private Credentials agreed(Credential user) {
        return new Credentials.Shadowsocks(
                (user.method == null ? methodOrDefault() : user.method).toString(),
                serverKey == null ? user.password : serverKey + ':' + user.password,
                hasUdp());
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        Optional<String> fault = fault();
        if (fault.isPresent()) {
            return context.loops().next().newFailedFuture(new TunnelException(fault.get()));
        }
        List<ShadowsocksUser> users = checkedUsers();
        users.forEach(user -> CipherWarmUp.start(user.method().algorithm(), provider));
        boolean is2022 = users.get(0).method().is2022();
        if (!is2022) {
            warnOfWeakPasswords(context.tag());
        }
        ShadowsocksListener listener = new ShadowsocksListener(
                new ShadowsocksListener.Settings(
                        serverKey == null ? null : UserKey.of(methodOrDefault(), "serverKey", serverKey),
                        users,
                        this::grantOf,
                        replayCapacity,
                        maxAssociations,
                        provider),
                door(context, is2022 ? Manner.RESET : Manner.SILENCE));
        return hasUdp()
                ? UdpSockets.listenBeside(local(), context, () -> listen(listener), listener::listenForDatagrams)
                : listen(listener);
    }

    private Future<Channel> listen(ShadowsocksListener listener) {
        return listen(listener.door(), listener::opening);
    }

    private boolean hasUdp() {
        return udp == null ? transport() instanceof TcpTransport : udp;
    }

    private void warnOfWeakPasswords(String inbound) {
        List<String> weak = credentials.stream()
                .filter(credential -> !PasswordStrength.isEnough(credential.password))
                .map(Credential::name)
                .toList();
        if (!weak.isEmpty()) {
            logger.warn(
                    "inbound \"{}\": the password of {} can be guessed by whoever records a connection; take one of"
                            + " ShadowsocksMethod.newPassword(), or a method of 2022",
                    inbound,
                    weak);
        }
    }

    /** Where it listens, by what method, for how many users; never their passwords. */
    @Override
    public String toString() {
        return "Shadowsocks.server(" + where() + ", " + methodOrDefault() + ", " + credentials.size() + " users)";
    }

    /** What the owner said of a user. */
    private record Credential(String name, @Nullable ShadowsocksMethod method, String password) {
        private Credential {
            Objects.requireNonNull(name, "name");
            Objects.requireNonNull(password, "password");
        }

        @Override
        public String toString() {
            return "Credential[" + name + ']';
        }
    }
}
