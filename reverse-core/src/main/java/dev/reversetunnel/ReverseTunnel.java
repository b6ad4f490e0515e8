package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/**
 * The door: reverse tunnels from inside a JVM.
 *
 * <p>A <em>portal</em> runs on a public machine, a <em>bridge</em> behind NAT. The bridge dials the portal and keeps
 * the tunnel up; visitors of the portal reach what the bridge declares. A made-up domain, the same on both sides, marks
 * a connection as a tunnel.
 *
 * <pre>{@code
 * // the public machine
 * Portal portal = ReverseTunnel.portal("edge")
 *         .domain("reverse.shop.internal")
 *         .listen(Vmess.server(1024).user("shop", id))
 *         .listen(Inbound.port(80))
 *         .start();
 *
 * // inside the application behind NAT
 * Bridge bridge = ReverseTunnel.bridge("shop")
 *         .domain("reverse.shop.internal")
 *         .connect(Vmess.client("portal.example.com", 1024).user(id))
 *         .forward("127.0.0.1", 8080)
 *         .start();
 * }</pre>
 *
 * <p>An object of this class is a running node of several parts, made by {@link #node()}; {@link Portal} and
 * {@link Bridge} are nodes of one. Handles may be used by any thread.
 */
public final class ReverseTunnel extends TunnelHandle {
    /** What rules see as the inbound of {@link #dial(String, int)}. */
    public static final String DIAL = "dial";

    private ReverseTunnel(Node node) {
        super(node);
    }

    /**
     * The public end.
     *
     * @param name for logs and snapshots
     * @return a builder
     */
    public static Portal.Builder portal(String name) {
        return new Portal.Builder(name);
    }

    /**
     * The private end.
     *
     * @param name for logs and snapshots
     * @return a builder
     */
    public static Bridge.Builder bridge(String name) {
        return new Bridge.Builder(name);
    }

    /**
     * The hub of a private network, on a machine that all members reach.
     *
     * <pre>{@code
     * PrivateNetwork home = ReverseTunnel.network("home")
     *         .range("10.99.0.0/24")
     *         .listen(Vmess.server(443).user("nas", id).user("laptop", id2))
     *         .member("nas", "10.99.0.2")
     *         .member("laptop", "10.99.0.3")
     *         .allow(Access.from("laptop").to("nas").tcp(22, 443))
     *         .start();
     * }</pre>
     *
     * @param name one label of a domain name; members are {@code nas} or {@code nas.home}
     * @return a builder
     * @throws IllegalArgumentException if the name is none
     */
    public static PrivateNetwork.Builder network(String name) {
        return new PrivateNetwork.Builder(name);
    }

    /**
     * A member of a private network, on any machine that reaches the hub.
     *
     * <pre>{@code
     * NetworkMember nas = ReverseTunnel.member("nas")
     *         .connect(Vmess.client("hub.example.com", 443).user(id))
     *         .offer(22, Outbound.to("127.0.0.1", 22))
     *         .listen(Socks5.server(1080).address("127.0.0.1"))
     *         .start();
     * }</pre>
     *
     * @param name as the hub knows it
     * @return a builder
     * @throws IllegalArgumentException if the name is none
     */
    public static NetworkMember.Builder member(String name) {
        return new NetworkMember.Builder(name);
    }

    /**
     * Any number of portals, bridges, inbounds and outbounds, joined by rules.
     *
     * @return a builder
     */
    public static Builder node() {
        return new Builder();
    }

    /**
     * The port on which an inbound listens; tells which one was picked for port 0.
     *
     * @param inbound its tag
     * @return 1 to 65535
     * @throws IllegalArgumentException if there is no such inbound; the message names those that there are
     */
    public int port(String inbound) {
        return running().port(inbound);
    }

    /**
     * Where an inbound listens.
     *
     * @param inbound its tag
     * @return the port that was picked for port 0, and the address, 0.0.0.0 or :: for all of the machine
     * @throws IllegalArgumentException if there is no such inbound; the message names those that there are
     */
    public InetSocketAddress address(String inbound) {
        return running().address(inbound);
    }

    /**
     * Completes when a bridge has its first tunnel: up and confirmed by the portal, not merely connected.
     *
     * @param bridge its tag
     * @return completes on an event loop, exceptionally if the node is closed before
     */
    public CompletableFuture<Void> ready(String bridge) {
        return running().bridge(bridge).ready().copy();
    }

    /**
     * Replaces the rules. Requests that come from now on are decided by the new ones; sessions that exist stay where
     * they are. What is for requests that no rule matches, balancers and lists stay as they were built.
     *
     * @param rules all of them, in their order
     * @throws IllegalArgumentException if a rule leads nowhere; then nothing is changed
     * @throws IllegalStateException if the rules do not fit the parts, as for {@link Builder#start()}; the message
     *     lists all faults, and nothing is changed
     */
    public void reroute(Rule... rules) {
        running().reroute(List.of(rules));
    }

    /**
     * Tells which rule decides about a request, and why those before it do not. Nothing is dialled; a name is looked up
     * where the rules would.
     *
     * @param request as an inbound would make it, such as {@code new Request(Destination.tcp("example.com", 443),
     *     "socks")}
     * @return completes at once, or on an event loop when a name had to be looked up; exceptionally with what a
     *     program's condition has thrown
     */
    public CompletableFuture<Explanation> explain(Request request) {
        return running().explain(request);
    }

    /**
     * Opens a connection from this JVM by the node's rules, without a TCP hop. To rules it comes in by {@link #DIAL}.
     *
     * <pre>{@code
     * try (Connection nas = node.dial("nas.home", 22).get(10, SECONDS)) {
     *     nas.output().write(hello);
     *     nas.input().readNBytes(100);
     * }
     * }</pre>
     *
     * @param host a name or an IP address
     * @param port 0 to 65535
     * @return completes on an event loop when the connection is open: to what is behind a tunnel, when its session is;
     *     exceptionally with a {@link RefusedException} if a rule forbids it, or if the node drains or is closed, and
     *     with another exception if it does not come about
     * @throws IllegalArgumentException if there is no such host or port
     */
    public CompletableFuture<Connection> dial(String host, int port) {
        return dial(DIAL, Destination.tcp(host, port));
    }

    /**
     * As {@link #dial(String, int)}, by an inbound of the caller's choice.
     *
     * @param inbound what rules see as its inbound; need not be one of the node
     * @param destination on TCP
     * @return as there
     * @throws IllegalArgumentException if the destination is on UDP
     */
    public CompletableFuture<Connection> dial(String inbound, Destination destination) {
        return running().dials().open(inbound, destination);
    }

    /**
     * As {@link #dial(String, int)}, for Netty (ring 2): on TCP or UDP.
     *
     * <p>A channel to a destination on UDP gives and takes {@link dev.reversetunnel.net.Datagram}s, of which each one
     * that is written names its own target, and is put to the rules; the destination only shows at once whether they
     * allow that one. Nothing is queued: what is late is dropped.
     *
     * @param inbound what rules see as its inbound; need not be one of the node
     * @param destination on TCP or UDP
     * @param handler put on the channel before it reads; a {@link io.netty.channel.ChannelInitializer} for several
     * @return completes on the channel's event loop, which is one of the node's
     */
    public CompletableFuture<Channel> dial(String inbound, Destination destination, ChannelHandler handler) {
        return running().dials().open(inbound, destination, handler);
    }

    /**
     * Takes a user's credential away: what he has registered and opened ends within a second, and he is not let in any
     * more. To the server he is somebody whom it does not know, so he sees what strangers see. Nothing happens if it
     * was revoked before. It is not remembered beyond this node's end.
     *
     * @param inbound the tag of the inbound that knows him
     * @param user his name there
     * @throws IllegalArgumentException if there is no such inbound or user; the message names those that there are
     */
    public void revoke(String inbound, String user) {
        running().users().revoke(inbound, user);
    }

    /**
     * Gives a user's credential back.
     *
     * @param inbound the tag of the inbound that knows him
     * @param user his name there
     * @throws IllegalArgumentException if there is no such inbound or user; the message names those that there are
     */
    public void restore(String inbound, String user) {
        running().users().restore(inbound, user);
    }

    /** Collects the parts of a node. */
    public static final class Builder extends TunnelBuilder<Builder> {
        private Builder() {
            super("node");
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Adds a way in.
         *
         * @param tag its name in rules, logs and {@link ReverseTunnel#port}
         * @param inbound the way in
         * @return this
         */
        public Builder inbound(String tag, Inbound inbound) {
            node().inbound(tag, inbound);
            return this;
        }

        /**
         * Adds a way out.
         *
         * @param tag its name in rules and logs
         * @param outbound the way out
         * @return this
         */
        public Builder outbound(String tag, Outbound outbound) {
            node().outbound(tag, outbound);
            return this;
        }

        /**
         * Adds a portal, which rules see as an outbound.
         *
         * @param tag its name in rules and logs
         * @param domain the rendezvous domain, same at the bridge
         * @return this
         */
        public Builder portal(String tag, String domain) {
            node().portal(tag, domain);
            return this;
        }

        /**
         * Adds a portal without a domain, at which bridges register by {@link Command#REVERSE}. Which registration
         * belongs to which portal is for the rules, by inbound or user.
         *
         * @param tag its name in rules and logs
         * @return this
         */
        public Builder portal(String tag) {
            node().portal(tag);
            return this;
        }

        /**
         * Adds a bridge, which rules see as an inbound: of its registration, which asks for the domain, and of the
         * sessions that come through its tunnels.
         *
         * @param tag its name in rules and logs
         * @param domain the rendezvous domain, same at the portal
         * @return this
         */
        public Builder bridge(String tag, String domain) {
            node().bridge(tag, domain);
            return this;
        }

        /**
         * Adds a bridge without a domain, whose registration a rule sends to an outbound that registers by
         * {@link Command#REVERSE}. To rules it asks for {@code v1.rvs.cool}.
         *
         * @param tag its name in rules and logs
         * @return this
         */
        public Builder bridge(String tag) {
            node().bridge(tag);
            return this;
        }

        /**
         * Which of several bridges a portal sends a visitor to; see {@link Portal.Builder#bridges}.
         *
         * @param portal its tag
         * @param policy how one is chosen
         * @return this
         */
        public Builder bridges(String portal, BridgePolicy policy) {
            node().policy(portal, policy);
            return this;
        }

        /**
         * Who the node's bridges are, for portals of our make; see {@link Bridge.Builder#identity}.
         *
         * @param id no secret
         * @return this
         */
        public Builder identity(UUID id) {
            node().identity(id);
            return this;
        }

        /**
         * Lets a bridge rest while one of others has a tunnel. It dials when all their dials have failed, or when they
         * have had no tunnel for 2 s; when one of them is back for 2 s, its own tunnels take no new sessions and end
         * behind their last.
         *
         * @param bridge its tag
         * @param before the tags of the others, which must have been added before it
         * @return this
         * @throws IllegalArgumentException if there is no such bridge
         */
        public Builder standby(String bridge, String... before) {
            node().standby(bridge, List.of(before));
            return this;
        }

        /**
         * Adds several outbounds or portals under one tag, of which each request gets one.
         *
         * @param tag its name in rules and logs
         * @param balancer which they are, and how one is chosen
         * @return this
         */
        public Builder balancer(String tag, Balancer balancer) {
            node().balancer(tag, balancer);
            return this;
        }

        /**
         * When a name is resolved for the sake of rules by {@link Rule#ip}. Default:
         * {@link DomainStrategy#IP_ON_DEMAND}, so that nobody gets around such a rule by asking for a name.
         *
         * @param strategy when
         * @return this
         */
        public Builder domainStrategy(DomainStrategy strategy) {
            node().domainStrategy(strategy);
            return this;
        }

        /**
         * Gives the lists that rules name by {@code geosite:} and {@code geoip:}, in the place of those given before.
         * Default: {@code geoip:private} only.
         *
         * @param lists such as those of a file
         * @return this
         */
        public Builder geo(GeoData lists) {
            node().geo(lists);
            return this;
        }

        /**
         * Where everything goes that no rule matches. Default: it is refused.
         *
         * @param tag of an outbound, a portal or a balancer
         * @return this
         */
        public Builder otherwise(String tag) {
            node().otherwise(tag);
            return this;
        }

        /**
         * Adds rules; the first that matches decides. What none matches is refused, unless {@link #otherwise} says
         * where it goes.
         *
         * @param rules in their order
         * @return this
         */
        public Builder route(Rule... rules) {
            for (Rule rule : rules) {
                node().rule(rule);
            }
            return this;
        }

        /**
         * How long a visitor of a portal waits when no bridge is connected. Default: 3 s.
         *
         * @param time zero or more
         * @return this
         */
        public Builder waitForBridge(Duration time) {
            node().waitForBridge(time);
            return this;
        }

        /**
         * How many tunnels bridges shall keep up to the portals here, should that be more than they keep by themselves:
         * each is on one event loop, so several carry more on a machine with several cores. A wish: a bridge of our
         * make obeys as far as its own most, others do not hear it. Default: 0, no wish.
         *
         * @param least 0 to 65,535
         * @return this
         */
        public Builder tunnelsPerBridge(int least) {
            node().tunnelsPerBridge(least);
            return this;
        }

        /**
         * How many tunnels each bridge keeps. Default: 1 to 8.
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
         * How many idle tunnels each bridge keeps in reserve, on top of the least, to a portal that is not ours. Such a
         * portal gives each visitor the tunnel with the fewest sessions, so the first ones get one each, and cannot
         * stop each other by not reading, for which Mux.cool has no remedy. Never more tunnels than the most. Default:
         * 2; 0 for none.
         *
         * @param idle 0 or more
         * @return this
         */
        public Builder spareTunnels(int idle) {
            node().spareTunnels(idle);
            return this;
        }

        /**
         * How many tunnels each portal asks a bridge for that is not ours, on top of the one that it opens by itself;
         * see {@link Portal.Builder#spareTunnels(int)}. Default: 1; 0 for none.
         *
         * @param tunnels 0 or more
         * @return this
         */
        public Builder portalSpareTunnels(int tunnels) {
            node().askedSpares(tunnels);
            return this;
        }

        /**
         * After how long a tunnel that a bridge has opened for a load, and that is not needed any more, is closed:
         * behind its last visitor, and only to a portal of our make, which is told before. Default: 60 s.
         *
         * @param time more than zero
         * @return this
         */
        public Builder closeIdleTunnelsAfter(Duration time) {
            node().closeIdleTunnelsAfter(time);
            return this;
        }

        /**
         * Looks whether the node could be started, and starts nothing: no port is bound, nobody is dialled. For tests
         * of one's rules, and before the node that runs is closed.
         *
         * @return what is no fault, but looks like a mistake, a line each: rules that never match, because no inbound
         *     is called so, knows that user, or looks for that protocol; and bridges that go where no portal is.
         *     {@link #start()} logs them as warnings
         * @throws IllegalStateException as {@link #start()} throws it
         */
        public List<String> check() {
            return node().check();
        }

        /**
         * Starts the node. Returns when all ports are bound; bridges dial in the background.
         *
         * @return the running node
         * @throws TunnelException if a port cannot be bound; the message names it
         * @throws IllegalStateException if the parts do not fit; the message lists all faults
         */
        public ReverseTunnel start() throws TunnelException {
            return new ReverseTunnel(node().startAndWait());
        }

        /**
         * As {@link #start()}, without waiting.
         *
         * @return completes when all ports are bound
         */
        public CompletableFuture<ReverseTunnel> startAsync() {
            return node().start().thenApply(ReverseTunnel::new);
        }
    }
}
