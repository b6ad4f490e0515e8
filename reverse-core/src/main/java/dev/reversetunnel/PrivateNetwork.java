package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * The hub of a private network: members behind NAT reach each other's services by name or virtual address, as far as
 * the hub allows it. Made by {@link ReverseTunnel#network}. May be used by any thread.
 *
 * <p>Each user of the hub's servers is the member of the same name, and no other: he registers his own tunnels only,
 * and whatever he asks for, he asks from his own virtual address, which is what the other member sees as
 * {@link Request#source}. Members need no addresses of the operating system, no routes and no rights: those are
 * {@link NetworkMember}s, with programs that come in by a proxy; or a V2Ray or Xray bridge, which offers one service
 * (see {@link #domain}); or any client of the hub's servers, which offers none.
 */
public final class PrivateNetwork extends TunnelHandle {
    private final NetworkPlan plan;

    private PrivateNetwork(Node node, NetworkPlan plan) {
        super(node);
        this.plan = plan;
    }

    /**
     * The port on which an inbound listens; tells which one was picked for port 0.
     *
     * @param inbound its tag: {@code members}, {@code members-2} and so on
     * @return 1 to 65535
     * @throws IllegalArgumentException if there is no such inbound; the message names those that there are
     */
    public int port(String inbound) {
        return running().port(inbound);
    }

    /**
     * The rendezvous domain of a member, for one that is no {@link NetworkMember}: a bridge of V2Ray or Xray registers
     * by it (or, with Xray, by a reverse user of a VLESS server, without a domain).
     *
     * @param member its name
     * @return the domain
     * @throws IllegalArgumentException if there is no such member
     */
    public String domain(String member) {
        plan.members().address(member);
        return Members.rendezvous(member);
    }

    /**
     * The document for another program as a member, ready to be saved and run there. It holds the member's secret.
     *
     * @param member its name
     * @param peer which program, what it is to do there, and as which user: that of the member's name
     * @return the document
     * @throws IllegalArgumentException if there is no such member, or that program cannot do it
     */
    public String peerConfig(String member, PeerFormat<PortalEnd> peer) {
        domain(member);
        return peer.write(running().ends().portal(member));
    }

    /**
     * Allows this from now on, and nothing else. Sessions that exist go on.
     *
     * @param accesses all of them
     * @throws IllegalStateException if one of them is for nobody or to nothing; then nothing is changed
     */
    public void allow(Access... accesses) {
        List<String> faults = plan.faults(List.of(accesses));
        if (!faults.isEmpty()) {
            throw new IllegalStateException("allow: " + String.join("; ", faults));
        }
        running().reroute(plan.rules(List.of(accesses)));
    }

    /**
     * Opens a connection from this JVM to a member, as the hub, which may reach everything. To the member its source is
     * not known.
     *
     * @param host a member's name or virtual address
     * @param port of a service
     * @return as {@link ReverseTunnel#dial(String, int)}
     * @throws IllegalArgumentException if there is no such host or port
     */
    public CompletableFuture<Connection> dial(String host, int port) {
        return running().dials().open(ReverseTunnel.DIAL, Destination.tcp(host, port));
    }

    /**
     * As {@link #dial(String, int)}, for Netty (ring 2): on TCP or UDP.
     *
     * @param destination a member, and a service of his
     * @param handler put on the channel before it reads
     * @return as {@link ReverseTunnel#dial(String, Destination, ChannelHandler)}
     */
    public CompletableFuture<Channel> dial(Destination destination, ChannelHandler handler) {
        return running().dials().open(ReverseTunnel.DIAL, destination, handler);
    }

    /**
     * Shuts a member out: his tunnels and sessions end within a second, and to the hub he is somebody whom it does not
     * know. Nothing happens if he is out already.
     *
     * @param member his name
     * @throws IllegalArgumentException if there is nobody of this name
     */
    public void revoke(String member) {
        running()
                .users()
                .inboundsOf(member)
                .forEach(inbound -> running().users().revoke(inbound, member));
    }

    /**
     * Lets a member in again.
     *
     * @param member his name
     * @throws IllegalArgumentException if there is nobody of this name
     */
    public void restore(String member) {
        running()
                .users()
                .inboundsOf(member)
                .forEach(inbound -> running().users().restore(inbound, member));
    }

    /** Collects the members of a network, where they come in, and who may reach whom. */
    public static final class Builder extends TunnelBuilder<Builder> {
        private final String name;
        private final Map<String, InetAddress> members = new LinkedHashMap<>();
        private final Map<String, Inbound> inbounds = new LinkedHashMap<>();
        private final List<Access> accesses = new ArrayList<>();
        private @Nullable String range;
        private boolean complete;

        Builder(String name) {
            super("network \"" + name + '"');
            this.name = Members.requireName("network", name);
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets from which block the virtual addresses of members are. They exist inside of the network only, so the
         * block should be one that no machine of it uses otherwise.
         *
         * @param block such as {@code 10.99.0.0/24} or {@code fd00:99::/64}
         * @return this
         * @throws IllegalArgumentException if it is none
         */
        public Builder range(String block) {
            if (range != null) {
                throw new IllegalStateException("range: already set to \"" + range + '"');
            }
            AddressSet.of(block);
            range = block;
            return this;
        }

        /**
         * Adds where members come in, both to register and to reach others. Its users are the members, by name. The tag
         * is {@code members}, that of the second one {@code members-2}, and so on.
         *
         * @param server such as {@code Vmess.server(443).user("nas", id).user("laptop", id2)}
         * @return this
         */
        public Builder listen(Inbound server) {
            inbounds.put(inbounds.isEmpty() ? "members" : "members-" + (inbounds.size() + 1), server);
            return this;
        }

        /**
         * Adds a member. His credential is that of the user of this name, of a server.
         *
         * @param member one label of a domain name, such as {@code nas}: others reach him by it, or by {@code nas.home}
         *     if the network's name is {@code home}
         * @param address his virtual address, out of the range
         * @return this
         * @throws IllegalArgumentException if name or address cannot be, or is taken
         */
        public Builder member(String member, String address) {
            Members.requireName("member", member);
            InetAddress ip = Members.requireAddress(member, address);
            if (members.containsKey(member) || members.containsValue(ip)) {
                throw new IllegalArgumentException(
                        "member: \"" + member + "\" at " + address + " (expected: a name and an address of his own)");
            }
            members.put(member, ip);
            return this;
        }

        /**
         * Allows members to reach services of others; called several times, all of that. Default: nobody reaches
         * anybody.
         *
         * @param access such as {@code Access.from("laptop").to("nas").tcp(22, 443)}
         * @return this
         */
        public Builder allow(Access... access) {
            accesses.addAll(List.of(access));
            return this;
        }

        /**
         * How long somebody waits who asks for a member that is not connected. Default: 3 s.
         *
         * @param time zero or more
         * @return this
         */
        public Builder waitForMember(Duration time) {
            node().waitForBridge(time);
            return this;
        }

        /**
         * Starts the hub. Returns when its ports are bound.
         *
         * @return the running network
         * @throws TunnelException if a port cannot be bound; the message names it
         * @throws IllegalStateException if something is missing; the message says what to call
         */
        public PrivateNetwork start() throws TunnelException {
            NetworkPlan plan = complete();
            return new PrivateNetwork(node().startAndWait(), plan);
        }

        /**
         * As {@link #start()}, without waiting.
         *
         * @return completes when its ports are bound
         */
        public CompletableFuture<PrivateNetwork> startAsync() {
            NetworkPlan plan = complete();
            return node().start().thenApply(node -> new PrivateNetwork(node, plan));
        }

        private NetworkPlan complete() {
            NetworkPlan plan = new NetworkPlan(new Members(name, members), List.copyOf(inbounds.keySet()));
            List<String> faults = faults();
            faults.addAll(plan.faults(accesses));
            if (!faults.isEmpty()) {
                throw new IllegalStateException("network \"" + name + "\" cannot start: " + String.join("; ", faults));
            }
            if (!complete) {
                complete = true;
                members.forEach((member, address) -> node().portal(member, Members.rendezvous(member), address));
                inbounds.forEach((tag, inbound) -> node().inbound(tag, new MemberInbound(inbound, plan.members())));
                plan.rules(accesses).forEach(node()::rule);
            }
            return plan;
        }

        private List<String> faults() {
            List<String> faults = new ArrayList<>();
            AddressSet block = range == null ? AddressSet.empty() : AddressSet.of(range);
            if (range == null) {
                faults.add("it has no addresses (call range(...))");
            }
            if (inbounds.isEmpty()) {
                faults.add("nobody can come in (call listen(...))");
            }
            if (members.isEmpty()) {
                faults.add("it has no members (call member(...))");
            }
            Set<String> users = new TreeSet<>();
            inbounds.forEach((tag, inbound) -> {
                users.addAll(inbound.users());
                if (!inbound.sniffing().protocols().isEmpty()) {
                    faults.add("inbound \"" + tag + "\": " + inbound.sniffing()
                            + " (expected: none, for members are reached by name or address)");
                }
            });
            members.forEach((member, address) -> {
                if (range != null && !block.contains(address)) {
                    faults.add("member \"" + member + "\": " + address.getHostAddress() + " is not in " + range);
                }
                if (!users.contains(member)) {
                    faults.add("member \"" + member + "\" has no credential (call user(\"" + member
                            + "\", ...) of a server)");
                }
            });
            users.removeAll(members.keySet());
            users.forEach(
                    user -> faults.add("user \"" + user + "\" is no member (call member(\"" + user + "\", address))"));
            return faults;
        }
    }
}
