package dev.reversetunnel;

import com.sun.net.httpserver.HttpHandler;
import dev.reversetunnel.mux.MuxDialect;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A running bridge: the private end of reverse tunnels. Made by {@link ReverseTunnel#bridge}. May be used by any
 * thread.
 *
 * <p>Short for a node with one bridge for each portal, all of which lead to the one target that was declared. Nothing
 * else can be reached through it.
 */
public final class Bridge extends TunnelHandle {
    private final String name;
    private final List<String> tags;

    private Bridge(Node node, String name, List<String> tags) {
        super(node);
        this.name = name;
        this.tags = List.copyOf(tags);
    }

    Node node() {
        return running();
    }

    /**
     * Completes when there is a first tunnel: up and confirmed by a portal, not merely connected.
     *
     * @return completes on an event loop, exceptionally if the bridge is closed before
     */
    public CompletableFuture<Void> ready() {
        return readiness().ready();
    }

    /**
     * Waits for {@link #ready()}.
     *
     * @param most how long to wait
     * @throws TunnelException if there is no tunnel in time; the message says why the last attempt failed
     * @throws InterruptedException if the waiting thread is interrupted
     */
    public void awaitReady(Duration most) throws TunnelException, InterruptedException {
        readiness().await(most);
    }

    private Readiness readiness() {
        return new Readiness(running(), tags);
    }

    /**
     * The document for the other end, ready to be saved and run by another program: the portal.
     *
     * <p>It holds this end's secrets, on purpose, for the other end must know them: write it to a file that only its
     * reader can read, and never to a log. Nothing of it is logged here.
     *
     * @param peer which program, and what it is to do there
     * @return the document
     * @throws IllegalArgumentException if that program cannot do what this end is set up for; the message says what to
     *     change, and holds no secret
     */
    public String peerConfig(PeerFormat<BridgeEnd> peer) {
        return peer.write(running().ends().bridge(name, tags));
    }

    /** Collects what a bridge needs: a domain, a way to the portal, and what visitors reach. */
    public static final class Builder extends TunnelBuilder<Builder> {
        private static final String TARGET = "target";

        private final String name;
        private final List<Outbound> portals = new ArrayList<>();
        private final List<Outbound> standbys = new ArrayList<>();
        private @Nullable String domain;
        private @Nullable Outbound target;
        private @Nullable List<String> tags;

        Builder(String name) {
            super("bridge \"" + name + '"');
            this.name = name;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the rendezvous domain: made up, never looked up, the same at the portal. Compared with case. Not needed
         * where all portals are reached by an outbound that registers by {@link Command#REVERSE}.
         *
         * @param rendezvous such as {@code reverse.shop.internal}
         * @return this
         */
        public Builder domain(String rendezvous) {
            if (domain != null) {
                throw new IllegalStateException("domain: already set to \"" + domain + '"');
            }
            NodeBuilder.requireDomain(rendezvous);
            domain = rendezvous;
            return this;
        }

        /**
         * Sets how the portal is reached. Called several times, a set of tunnels is kept to each, with its own back-off
         * and its own part of {@link NodeSnapshot#bridges()}; the bridge is ready when the first of them is.
         *
         * @param portal such as {@code Vmess.client("portal.example.com", 1024).user(id)}
         * @return this
         */
        public Builder connect(Outbound portal) {
            portals.add(Objects.requireNonNull(portal, "portal"));
            return this;
        }

        /**
         * As {@link #connect(Outbound)} for each of several portals.
         *
         * @param first one portal
         * @param second another one
         * @param more any others
         * @return this
         */
        public Builder connect(Outbound first, Outbound second, Outbound... more) {
            connect(first).connect(second);
            for (Outbound portal : more) {
                connect(portal);
            }
            return this;
        }

        /**
         * Adds a portal that is dialled only while there is no tunnel to any of those that are given by
         * {@link #connect(Outbound)}, nor to a standby that was named before: as soon as their dials have failed, or
         * when they have had no tunnel for 2 s. When one of them is back for 2 s, tunnels to the standby take no new
         * sessions, and end behind their last. A portal of another make cannot be told that, and goes on to send
         * visitors until then.
         *
         * @param portal such as {@code Vmess.client("portal-2.example.com", 1024).user(id)}
         * @return this
         */
        public Builder standby(Outbound portal) {
            standbys.add(Objects.requireNonNull(portal, "portal"));
            return this;
        }

        /**
         * Visitors reach this address, whatever they asked for. A backend that is to see their own addresses, and reads
         * the PROXY protocol, is reached so:
         *
         * <pre>{@code
         * .reach(Outbound.to("127.0.0.1", 8080).proxyProtocol(ProxyProtocol.V2))
         * }</pre>
         *
         * @param host a name or an IP address, as seen from here
         * @param port 1 to 65535
         * @return this
         */
        public Builder forward(String host, int port) {
            return reach(Outbound.to(host, port));
        }

        /**
         * Visitors reach a web application in this JVM: no port is opened, no TCP hop is made.
         *
         * @param handler called on threads of its own, see {@link HttpOutbound}
         * @return this
         */
        public Builder serve(HttpHandler handler) {
            return reach(Outbound.http(handler));
        }

        /**
         * Visitors reach a Netty pipeline in this JVM: each session is the channel that it sits on.
         *
         * @param initializer called for each session on its event loop
         * @return this
         */
        public Builder serve(ChannelHandler initializer) {
            return reach(Outbound.handler(initializer));
        }

        /**
         * Visitors go to an outbound.
         *
         * @param outbound such as {@link Outbound#direct()}, by which they reach what they ask for
         * @return this
         */
        public Builder reach(Outbound outbound) {
            if (target != null) {
                throw new IllegalStateException("target: already set (" + target + ")");
            }
            target = Objects.requireNonNull(outbound, "outbound");
            return this;
        }

        /**
         * Who this bridge is, for portals of our make, also after a restart: such a portal sends nobody more by tunnels
         * of an earlier start as soon as a tunnel of this one has proved itself, though their machine went without a
         * word. Must differ among bridges that run at the same time, but for the next process of a rolling restart.
         * Default: another one for each start; then tunnels that a lost one leaves behind are picked last, until they
         * are found dead.
         *
         * @param id kept by the application, in its configuration say; no secret
         * @return this
         */
        public Builder identity(UUID id) {
            node().identity(id);
            return this;
        }

        /**
         * How many tunnels are kept to each portal. Default: 1 to 8.
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
         * How many idle tunnels are kept in reserve, on top of the least, to a portal that is not ours. Such a portal
         * gives each visitor the tunnel with the fewest sessions, so the first ones get one each, and cannot stop each
         * other by not reading, for which Mux.cool has no remedy. Never more tunnels than the most. Default: 2; 0 for
         * none.
         *
         * @param idle 0 or more
         * @return this
         */
        public Builder spareTunnels(int idle) {
            node().spareTunnels(idle);
            return this;
        }

        /**
         * After how long a tunnel that was opened for a load, and that is not needed any more, is closed: behind its
         * last visitor, and only to a portal of our make, which is told before. Default: 60 s.
         *
         * @param time more than zero
         * @return this
         */
        public Builder closeIdleTunnelsAfter(Duration time) {
            node().closeIdleTunnelsAfter(time);
            return this;
        }

        /**
         * Starts the bridge, which dials in the background; see {@link Bridge#ready()}.
         *
         * @return the running bridge
         * @throws TunnelException if it cannot start
         * @throws IllegalStateException if something is missing; the message says what to call
         */
        public Bridge start() throws TunnelException {
            List<String> tags = complete();
            return new Bridge(node().startAndWait(), name, tags);
        }

        /**
         * As {@link #start()}, without waiting.
         *
         * @return completes when it runs
         */
        public CompletableFuture<Bridge> startAsync() {
            List<String> tags = complete();
            return node().start().thenApply(node -> new Bridge(node, name, tags));
        }

        private List<String> complete() {
            List<String> faults = new ArrayList<>();
            boolean byCommand = !portals.isEmpty()
                    && Stream.concat(portals.stream(), standbys.stream()).allMatch(Builder::registersByCommand);
            if (domain == null && !byCommand) {
                faults.add("it has no domain (call domain(...))");
            }
            if (portals.isEmpty()) {
                faults.add("it has no portal to dial (call connect(...))");
            }
            if (target == null) {
                faults.add("visitors would reach nothing (call forward(...), serve(...) or reach(...))");
            }
            if (target == null || !faults.isEmpty()) {
                throw new IllegalStateException("bridge \"" + name + "\" cannot start: " + String.join("; ", faults));
            }
            if (tags == null) {
                tags = join(target);
            }
            return tags;
        }

        private static boolean registersByCommand(Outbound portal) {
            return portal.dialect() == MuxDialect.VLESS_REVERSE;
        }

        private List<String> join(Outbound target) {
            node().outbound(TARGET, target);
            List<String> tags = new ArrayList<>();
            List<Outbound> all = new ArrayList<>(portals);
            all.addAll(standbys);
            for (int i = 0; i < all.size(); i++) {
                String tag = i == 0 ? name : name + '-' + (i + 1);
                String dial = "portal of " + tag;
                String asked = ControlName.REVERSE;
                if (domain == null || registersByCommand(all.get(i))) {
                    node().bridge(tag);
                } else {
                    node().bridge(tag, domain);
                    asked = domain;
                }
                if (i >= portals.size()) {
                    node().standby(tag, tags);
                }
                tags.add(tag);
                node().outbound(dial, all.get(i));
                node().rule(Rule.inbound(tag).domain("full:" + asked).to(dial));
                node().rule(Rule.inbound(tag).to(TARGET));
            }
            return tags;
        }
    }
}
