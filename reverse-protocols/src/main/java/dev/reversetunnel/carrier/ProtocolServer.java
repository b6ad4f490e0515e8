package dev.reversetunnel.carrier;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.DoorBook;
import dev.reversetunnel.door.DoorHandshake;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Opening;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A server on one port: where it listens, and what it grants to those who have not authenticated. Immutable: each
 * method gives a new server. Extended by this library only.
 *
 * @param <S> the server itself
 */
public abstract class ProtocolServer<S extends ProtocolServer<S>> implements Inbound {
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(60); // that of V2Ray and Xray
    private static final int MAX_STRANGERS = 1_024;
    private static final int MAX_STRANGERS_PER_SOURCE = 64;

    private final int port;
    private final DoorBook book = new DoorBook(getClass(), System::nanoTime);

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String address;
    private @Nullable Transport transport;
    private Duration handshakeTimeout = HANDSHAKE_TIMEOUT;
    private int maxStrangers = MAX_STRANGERS;
    private int maxStrangersPerSource = MAX_STRANGERS_PER_SOURCE;
    private Sniffing sniffing = Sniffing.NONE;
    private Map<String, Grant> grants = Map.of();

    /**
     * A server with all defaults.
     *
     * @param port 0 to 65535; 0 picks one that is free
     * @throws IllegalArgumentException if there is no such port
     */
    protected ProtocolServer(int port) {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("port: " + port + " (expected: 0~65535)");
        }
        this.port = port;
    }

    /**
     * A copy.
     *
     * @param other whose settings to take
     */
    protected ProtocolServer(ProtocolServer<S> other) {
        port = other.port;
        address = other.address;
        transport = other.transport;
        handshakeTimeout = other.handshakeTimeout;
        maxStrangers = other.maxStrangers;
        maxStrangersPerSource = other.maxStrangersPerSource;
        sniffing = other.sniffing;
        grants = other.grants;
    }

    /**
     * A copy of this very server.
     *
     * @return not seen by anybody yet
     */
    protected abstract S copy();

    /**
     * Listens on one address of this machine only. Default: on all.
     *
     * @param bindAddress an IP address
     * @return a new server
     * @throws IllegalArgumentException if it is none
     */
    public S address(String bindAddress) {
        if (NetUtil.createByteArrayFromIpAddressString(bindAddress) == null) {
            throw new IllegalArgumentException(
                    "address: \"" + bindAddress + "\" (expected: an IP address of this machine)");
        }
        S copy = copy();
        settings(copy).address = bindAddress;
        return copy;
    }

    /**
     * What carries the bytes. Default: TCP.
     *
     * @param carrier TCP, TLS over it, and so on
     * @return a new server
     */
    public S transport(Transport carrier) {
        S copy = copy();
        settings(copy).transport = Objects.requireNonNull(carrier, "transport");
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
    public S handshakeTimeout(Duration time) {
        if (time.isZero() || time.isNegative()) {
            throw new IllegalArgumentException("handshakeTimeout: " + time + " (expected: more than 0)");
        }
        S copy = copy();
        settings(copy).handshakeTimeout = time;
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
    public S maxUnauthenticated(int inAll, int fromOneSource) {
        S copy = copy();
        settings(copy).maxStrangers = positive("inAll", inAll);
        settings(copy).maxStrangersPerSource = positive("fromOneSource", fromOneSource);
        return copy;
    }

    /**
     * Looks at what users say first, so that rules know the host that they name; tunnels are not looked at. Default:
     * {@link Sniffing#NONE}.
     *
     * @param how what to look for, and for how long
     * @return a new server
     */
    public S sniff(Sniffing how) {
        S copy = copy();
        settings(copy).sniffing = Objects.requireNonNull(how, "sniffing");
        return copy;
    }

    @Override
    public final Sniffing sniffing() {
        return sniffing;
    }

    /**
     * What happened at the door. May be called at any time by any thread.
     *
     * @return of all listeners that were started from this very object
     */
    public CarrierCounters counters() {
        return book.counters();
    }

    /**
     * Gives one user a grant of his own.
     *
     * @param user his name, which is known already
     * @param own what he may do, whatever others may
     * @return a new server
     */
    protected final S granted(String user, Grant own) {
        Map<String, Grant> more = new HashMap<>(grants);
        more.put(user, Objects.requireNonNull(own, "grant"));
        S copy = copy();
        settings(copy).grants = Map.copyOf(more);
        return copy;
    }

    /**
     * What a user may do.
     *
     * @param user his name
     * @param otherwise what those may do who have no grant of their own
     * @return his own grant, or the other one
     */
    protected final Grant grantOf(String user, Grant otherwise) {
        return grants.getOrDefault(user, otherwise);
    }

    /** A copy is seen through this class, whose fields it has. */
    private static <S extends ProtocolServer<S>> ProtocolServer<S> settings(S copy) {
        return copy;
    }

    /**
     * The port that was asked for.
     *
     * @return 0 for any
     */
    protected final int port() {
        return port;
    }

    /**
     * What carries the bytes.
     *
     * @return TCP if nothing else was said
     */
    protected final Transport transport() {
        return transport == null ? Transport.tcp() : transport;
    }

    /**
     * Whether only this machine reaches it.
     *
     * @return true for an address such as 127.0.0.1
     */
    protected final boolean isLoopback() {
        return address != null && local().getAddress().isLoopbackAddress();
    }

    /**
     * A door for one listener.
     *
     * @param context the node
     * @param onRaw what strangers see who meet the protocol itself; those behind TLS or WebSocket are just closed
     * @return a new door
     */
    protected final Door door(InboundContext context, Manner onRaw) {
        return new Door(
                context,
                transport().isRaw() ? onRaw : Manner.CLOSE,
                handshakeTimeout,
                new Strangers(maxStrangers, maxStrangersPerSource),
                book);
    }

    /**
     * Listens, and reads the opening of each connection.
     *
     * @param door of this listener
     * @param openings makes one for each connection, on its event loop
     * @return the listening channel, or why not
     */
    protected final Future<Channel> listen(Door door, Function<Channel, Opening> openings) {
        return listen(
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new DoorHandshake(door, openings.apply(channel)));
                    }
                },
                door.context());
    }

    /**
     * Listens.
     *
     * @param handler put into the pipeline of each connection; sharable
     * @param context the node
     * @return the listening channel, or why not
     */
    protected final Future<Channel> listen(ChannelHandler handler, InboundContext context) {
        Optional<String> fault = fault();
        if (fault.isPresent()) {
            return context.loops().next().newFailedFuture(new TunnelException(fault.get()));
        }
        return transport().listen(local(), handler, context);
    }

    /**
     * Where it listens.
     *
     * @return an address of this machine
     */
    protected final InetSocketAddress local() {
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

    /**
     * Checks a number.
     *
     * @param name of the setting
     * @param value what it was given
     * @return the value
     * @throws IllegalArgumentException if it is less than 1
     */
    protected static int positive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: 1 or more)");
        }
        return value;
    }

    /**
     * For {@code toString()}.
     *
     * @return address and port
     */
    protected final String where() {
        return address == null ? String.valueOf(port) : NetUtil.toSocketAddressString(address, port);
    }
}
