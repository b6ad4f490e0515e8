package dev.reversetunnel.vmess;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.crypto.CipherWarmUp;
import io.netty.channel.Channel;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.security.Provider;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A VMess server: bridges register their tunnels here, and users may come in. Immutable: each method gives a new
 * server.
 *
 * <p>Whoever cannot show the key of a user learns nothing from it: no byte is sent, and the connection is held open
 * until the time for the handshake is up.
 */
public final class VmessServer implements Inbound {
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(60); // that of V2Ray and Xray
    private static final int MAX_STRANGERS = 1_024;
    private static final int MAX_STRANGERS_PER_SOURCE = 64;
    private static final int REPLAY_CAPACITY = 1_000_000;

    private final int port;
    private final DoorBook book = new DoorBook(System::nanoTime);

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String address;
    private List<VmessUser> users = List.of();
    private @Nullable Grant grant;
    private @Nullable Transport transport;
    private Duration handshakeTimeout = HANDSHAKE_TIMEOUT;
    private int maxStrangers = MAX_STRANGERS;
    private int maxStrangersPerSource = MAX_STRANGERS_PER_SOURCE;
    private int replayCapacity = REPLAY_CAPACITY;
    private @Nullable Provider provider;
    private boolean insecure;

    VmessServer(int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0~65535)");
        }
        this.port = port;
    }

    private VmessServer(VmessServer other) {
        port = other.port;
        address = other.address;
        users = other.users;
        grant = other.grant;
        transport = other.transport;
        handshakeTimeout = other.handshakeTimeout;
        maxStrangers = other.maxStrangers;
        maxStrangersPerSource = other.maxStrangersPerSource;
        replayCapacity = other.replayCapacity;
        provider = other.provider;
        insecure = other.insecure;
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
     * Listens on one address of this machine only. Default: on all.
     *
     * @param bindAddress an IP address
     * @return a new server
     * @throws IllegalArgumentException if it is none
     */
    public VmessServer address(String bindAddress) {
        if (NetUtil.createByteArrayFromIpAddressString(bindAddress) == null) {
            throw new IllegalArgumentException(
                    "address: \"" + bindAddress + "\" (expected: an IP address of this machine)");
        }
        VmessServer copy = new VmessServer(this);
        copy.address = bindAddress;
        return copy;
    }

    /**
     * Lets users ask for destinations as well. Default: they register tunnels and nothing else.
     *
     * @return a new server
     * @throws IllegalStateException if {@link #clientOnly()} was called
     */
    public VmessServer client() {
        return grant(Grant.BOTH);
    }

    /**
     * Lets users ask for destinations, and not register tunnels.
     *
     * @return a new server
     * @throws IllegalStateException if {@link #client()} was called
     */
    public VmessServer clientOnly() {
        return grant(Grant.CONNECT);
    }

    private VmessServer grant(Grant wanted) {
        if (grant != null && !grant.equals(wanted)) {
            throw new IllegalStateException("grant: already set (expected: client() or clientOnly(), not both)");
        }
        VmessServer copy = new VmessServer(this);
        copy.grant = wanted;
        return copy;
    }

    /**
     * What carries the bytes. Default: TCP.
     *
     * @param carrier TCP, TLS over it, and so on
     * @return a new server
     */
    public VmessServer transport(Transport carrier) {
        VmessServer copy = new VmessServer(this);
        copy.transport = Objects.requireNonNull(carrier, "transport");
        return copy;
    }

    /**
     * How long an opening may take, from the beginning of the connection; also how long strangers are held. Default: 60
     * s, as V2Ray and Xray have it.
     *
     * @param time more than nothing
     * @return a new server
     * @throws IllegalArgumentException if it is zero or negative
     */
    public VmessServer handshakeTimeout(Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("handshakeTimeout: " + time + " (expected: more than 0)");
        }
        VmessServer copy = new VmessServer(this);
        copy.handshakeTimeout = time;
        return copy;
    }

    /**
     * How many connections may wait without having authenticated; for one more, the oldest of them is closed. Default:
     * 1,024 in all, and 64 from one IPv4 address or one /64 of IPv6.
     *
     * @param inAll 1 or more
     * @param fromOneSource 1 or more
     * @return a new server
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public VmessServer maxUnauthenticated(int inAll, int fromOneSource) {
        VmessServer copy = new VmessServer(this);
        copy.maxStrangers = positive("inAll", inAll);
        copy.maxStrangersPerSource = positive("fromOneSource", fromOneSource);
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
     * right if TLS is around it or the network is a wire. Default: from this machine only.
     *
     * @return a new server
     */
    public VmessServer insecure() {
        VmessServer copy = new VmessServer(this);
        copy.insecure = true;
        return copy;
    }

    /**
     * What happened at the door. May be called at any time by any thread.
     *
     * @return of all listeners that were started from this very object
     */
    public VmessCounters counters() {
        return book.counters();
    }

    @Override
    public Optional<String> fault() {
        return users.isEmpty() ? Optional.of(this + ": nobody can come in (call user(...))") : Optional.empty();
    }

    @Override
    public Future<Channel> start(InboundContext context) {
        Optional<String> fault = fault();
        if (fault.isPresent()) {
            return context.loops().next().newFailedFuture(new TunnelException(fault.get()));
        }
        CipherWarmUp.start();
        VmessListener.Settings settings = new VmessListener.Settings(
                users,
                grant == null ? Grant.REGISTER : grant,
                handshakeTimeout,
                maxStrangers,
                maxStrangersPerSource,
                replayCapacity,
                provider,
                insecure,
                book);
        Transport carrier = transport == null ? Transport.tcp() : transport;
        return carrier.listen(local(), new VmessListener(settings, context), context);
    }

    private InetSocketAddress local() {
        if (address == null) {
            return new InetSocketAddress(port);
        }
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(address)), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("an IP address has 4 or 16 bytes: " + address, e);
        }
    }

    private static int positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
        return value;
    }

    /** Where it listens and for how many users; never their ids. */
    @Override
    public String toString() {
        return "Vmess.server(" + (address == null ? "" : address + ":") + port + ", " + users.size() + " users)";
    }
}
