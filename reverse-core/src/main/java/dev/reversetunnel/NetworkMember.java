package dev.reversetunnel;

import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A member of a private network: offers services to other members, and reaches theirs. Made by
 * {@link ReverseTunnel#member}. May be used by any thread.
 *
 * <p>What it offers, and nothing else, is reached through it; who may reach it is for the hub to allow. A service sees
 * the virtual address of who asks as {@link Request#source}.
 */
public final class NetworkMember extends TunnelHandle {
    private static final String NETWORK = "network";

    private final List<String> bridges;

    private NetworkMember(Node node, List<String> bridges) {
        super(node);
        this.bridges = bridges;
    }

    /**
     * Completes when its services can be reached: there is a tunnel, confirmed by the hub. At once if it offers none.
     *
     * @return completes on an event loop, exceptionally if the member is closed before
     */
    public CompletableFuture<Void> ready() {
        return bridges.isEmpty()
                ? CompletableFuture.completedFuture(null)
                : readiness().ready();
    }

    /**
     * Waits for {@link #ready()}.
     *
     * @param most how long to wait
     * @throws TunnelException if there is no tunnel in time; the message says why the last attempt failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitReady(Duration most) throws TunnelException, InterruptedException {
        if (!bridges.isEmpty()) {
            readiness().await(most);
        }
    }

    private Readiness readiness() {
        return new Readiness(running(), bridges);
    }

    /**
     * The port on which an inbound listens; tells which one was picked for port 0.
     *
     * @param inbound its tag: {@code programs}, {@code programs-2} and so on
     * @return 1 to 65535
     * @throws IllegalArgumentException if there is no such inbound; the message names those that there are
     */
    public int port(String inbound) {
        return running().port(inbound);
    }

    /**
     * Opens a connection from this JVM to another member.
     *
     * @param host its name or virtual address
     * @param port of a service
     * @return completes when the hub is asked; what it does not allow, it resets at once
     * @throws IllegalArgumentException if there is no such host or port
     */
    public CompletableFuture<Connection> dial(String host, int port) {
        return running().dials().open(ReverseTunnel.DIAL, Destination.tcp(host, port));
    }

    /**
     * As {@link #dial(String, int)}, for Netty (ring 2): on TCP or UDP.
     *
     * @param destination another member, and a service of his
     * @param handler put on the channel before it reads
     * @return as {@link ReverseTunnel#dial(String, Destination, ChannelHandler)}
     */
    public CompletableFuture<Channel> dial(Destination destination, ChannelHandler handler) {
        return running().dials().open(ReverseTunnel.DIAL, destination, handler);
    }

    /** Collects what a member needs: a way to the hub, what it offers, and where programs come in. */
    public static final class Builder extends TunnelBuilder<Builder> {
        private static final String HUB = "hub";

        private final String name;
        private final Map<String, Outbound> services = new TreeMap<>();
        private final List<Rule> offers = new ArrayList<>();
        private final List<String> programs = new ArrayList<>();
        private @Nullable Outbound hub;
        private boolean complete;

        Builder(String name) {
            super("member \"" + name + '"');
            this.name = Members.requireName("member", name);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets how the hub is reached, by the credential of the user of this name there.
         *
         * @param way such as {@code Vmess.client("hub.example.com", 443).user(id)}
         * @return this
         * @throws IllegalArgumentException if it registers by {@link Command#REVERSE}: such a credential reaches
         *     nothing
         */
        public Builder connect(Outbound way) {
            if (hub != null) {
                throw new IllegalStateException("hub: already set (" + hub + ")");
            }
            if (way.dialect() == MuxDialect.VLESS_REVERSE) {
                throw new IllegalArgumentException("hub: " + way
                        + " (expected: a client without reverse(); a member registers by a domain, and reaches others by"
                        + " the same credential)");
            }
            hub = Objects.requireNonNull(way, "way");
            return this;
        }

        /**
         * Offers a service for streams.
         *
         * @param port by which other members ask for it, 1 to 65535
         * @param service such as {@code Outbound.to("127.0.0.1", 22)}, or code of this JVM
         * @return this
         * @throws IllegalArgumentException if there is no such port, or it is taken
         */
        public Builder offer(int port, Outbound service) {
            return offer(Network.TCP, port, service);
        }

        /**
         * Offers a service for datagrams.
         *
         * @param port by which other members ask for it, 1 to 65535
         * @param service such as {@code Outbound.to("127.0.0.1", 53)}, or code of this JVM
         * @return this
         * @throws IllegalArgumentException if there is no such port, or it is taken
         */
        public Builder offerUdp(int port, Outbound service) {
            return offer(Network.UDP, port, service);
        }

        private Builder offer(Network network, int port, Outbound service) {
            if (port < 1 || port > 65_535) {
                throw new IllegalArgumentException("port: " + port + " (expected: 1~65535)");
            }
            String tag = "service " + network + " " + port;
            if (services.putIfAbsent(tag, Objects.requireNonNull(service, "service")) != null) {
                throw new IllegalArgumentException(tag + ": already set (" + services.get(tag) + ")");
            }
            offers.add(Rule.inbound(NETWORK).network(network).port(port).to(tag));
            return this;
        }

        /**
         * Adds where programs come in to reach other members. The tag is {@code programs}, that of the second one
         * {@code programs-2}, and so on.
         *
         * @param inbound such as {@code Socks5.server(1080).address("127.0.0.1")}, or a port that leads to one service:
         *     {@code Inbound.port(2222).address("127.0.0.1").to("nas", 22)}
         * @return this
         */
        public Builder listen(Inbound inbound) {
            String tag = programs.isEmpty() ? "programs" : "programs-" + (programs.size() + 1);
            node().inbound(tag, inbound);
            programs.add(tag);
            return this;
        }

        /**
         * How many tunnels are kept to the hub. Default: 1 to 8.
         *
         * @param least kept up always; at least 1
         * @param most opened as load grows
         * @return this
         */
        public Builder tunnels(int least, int most) {
            node().tunnels(least, most);
            return this;
        }

        /**
         * Starts the member. Returns when its ports are bound; it dials the hub in the background.
         *
         * @return the running member
         * @throws TunnelException if a port cannot be bound; the message names it
         * @throws IllegalStateException if something is missing; the message says what to call
         */
        public NetworkMember start() throws TunnelException {
            List<String> bridges = complete();
            return new NetworkMember(node().startAndWait(), bridges);
        }

        /**
         * As {@link #start()}, without waiting.
         *
         * @return completes when its ports are bound
         */
        public CompletableFuture<NetworkMember> startAsync() {
            List<String> bridges = complete();
            return node().start().thenApply(node -> new NetworkMember(node, bridges));
        }

        private List<String> complete() {
            if (hub == null) {
                throw new IllegalStateException(
                        "member \"" + name + "\" cannot start: it has no hub (call connect(...))");
            }
            List<String> bridges = services.isEmpty() ? List.of() : List.of(NETWORK);
            if (!complete) {
                complete = true;
                join(hub);
            }
            return bridges;
        }

        private void join(Outbound way) {
            node().outbound(HUB, way);
            if (!services.isEmpty()) {
                String rendezvous = Members.rendezvous(name);
                node().bridge(NETWORK, rendezvous);
                node().rule(Rule.inbound(NETWORK).domain("full:" + rendezvous).to(HUB));
                services.forEach(node()::outbound);
                offers.forEach(node()::rule);
            }
            List<String> own = new ArrayList<>(programs);
            own.add(ReverseTunnel.DIAL);
            node().rule(Rule.inbound(own.toArray(String[]::new)).to(HUB));
        }
    }
}
