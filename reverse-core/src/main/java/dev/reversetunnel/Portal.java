package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * A running portal: the public end of reverse tunnels. Made by {@link ReverseTunnel#portal}. May be used by any thread.
 *
 * <p>Short for a node with one portal to which all inbounds lead. An inbound without a tag is called {@code visitors}
 * if it is a plain port, else {@code tunnels}; a second one of its kind {@code visitors-2} and so on.
 */
public final class Portal extends TunnelHandle {
    private final String name;

    private Portal(Node node, String name) {
        super(node);
        this.name = name;
    }

    Node node() {
        return running();
    }

    /**
     * The port on which an inbound listens; tells which one was picked for port 0.
     *
     * @param inbound its tag, such as {@code visitors} or {@code tunnels}
     * @return 1 to 65535
     * @throws IllegalArgumentException if there is no such inbound; the message names those that there are
     */
    public int port(String inbound) {
        return running().port(inbound);
    }

    /**
     * The document for the other end, ready to be saved and run by another program: a bridge, or a user who comes in.
     *
     * <p>It holds this end's secrets, on purpose, for the other end must know them: write it to a file that only its
     * reader can read, and never to a log. Nothing of it is logged here.
     *
     * @param peer which program, and what it is to do there
     * @return the document
     * @throws IllegalArgumentException if that program cannot do what this end is set up for; the message says what to
     *     change, and holds no secret
     */
    public String peerConfig(PeerFormat<PortalEnd> peer) {
        return peer.write(running().ends().portal(name));
    }

    /**
     * Opens a connection from this JVM as a visitor of the portal, without a TCP hop.
     *
     * @param host what is asked for; a bridge of ours usually decides by itself where its sessions go
     * @param port 0 to 65535
     * @return as {@link ReverseTunnel#dial(String, int)}
     * @throws IllegalArgumentException if there is no such host or port
     */
    public CompletableFuture<Connection> dial(String host, int port) {
        return running().dials().open(ReverseTunnel.DIAL, Destination.tcp(host, port));
    }

    /**
     * As {@link #dial(String, int)}, for Netty (ring 2): on TCP or UDP.
     *
     * @param destination what is asked for
     * @param handler put on the channel before it reads
     * @return as {@link ReverseTunnel#dial(String, Destination, ChannelHandler)}
     */
    public CompletableFuture<Channel> dial(Destination destination, ChannelHandler handler) {
        return running().dials().open(ReverseTunnel.DIAL, destination, handler);
    }

    /**
     * Takes a user's credential away, at all inbounds that know one of this name: what he has registered and opened
     * ends within a second, and he is not let in any more. To the servers he is somebody whom they do not know, so he
     * sees what strangers see. Nothing happens if it was revoked before. It is not remembered beyond this portal's end.
     *
     * @param user his name
     * @throws IllegalArgumentException if there is nobody of this name; the message names those that there are
     */
    public void revoke(String user) {
        running().users().inboundsOf(user).forEach(inbound -> running().users().revoke(inbound, user));
    }

    /**
     * Gives a user's credential back, at all inbounds that know one of this name.
     *
     * @param user his name
     * @throws IllegalArgumentException if there is nobody of this name; the message names those that there are
     */
    public void restore(String user) {
        running().users().inboundsOf(user).forEach(inbound -> running().users().restore(inbound, user));
    }

    /** Collects what a portal needs: a domain, and where bridges and visitors come in. */
    public static final class Builder extends TunnelBuilder<Builder> {
        private final String name;
        private final List<String> tags = new ArrayList<>();
        private @Nullable String domain;
        private boolean takesReverse;
        private boolean complete;

        Builder(String name) {
            super("portal \"" + name + '"');
            this.name = name;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Sets the rendezvous domain: made up, never looked up, the same at the bridge. Compared with case. Bridges
         * that register by {@link Command#REVERSE} need none.
         *
         * @param rendezvous such as {@code reverse.shop.internal}
         * @return this
         */
        public Builder domain(String rendezvous) {
            if (domain != null) {
                throw new IllegalStateException("domain: already set to \"" + domain + '"');
            }
            node().portal(name, rendezvous);
            domain = rendezvous;
            return this;
        }

        /**
         * Adds where somebody comes in: bridges, visitors, or both. Its tag is {@code tunnels}, or {@code visitors} if
         * no bridge can register there; the second of a kind is {@code tunnels-2}, and so on.
         *
         * @param inbound such as {@code Vmess.server(1024)} or {@link Inbound#port}
         * @return this
         */
        public Builder listen(Inbound inbound) {
            String kind = inbound.takesTunnels() ? "tunnels" : "visitors";
            String tag = kind;
            for (int number = 2; tags.contains(tag); number++) {
                tag = kind + '-' + number;
            }
            return listen(tag, inbound);
        }

        /**
         * As {@link #listen(Inbound)}, with a tag of its own.
         *
         * @param tag its name in logs and {@link Portal#port}
         * @param inbound where somebody comes in
         * @return this
         */
        public Builder listen(String tag, Inbound inbound) {
            node().inbound(tag, inbound);
            tags.add(tag);
            takesReverse |= inbound.takesReverse();
            return this;
        }

        /**
         * Which of several bridges a visitor is sent to. Default: {@link BridgePolicy#leastLoaded()}.
         *
         * <p>While there are several, a TCP visitor who was given nothing yet is sent to another one when the first
         * fails him, as long as nobody can have acted on what he said: he has said nothing; or the bridge, which must
         * be of our make, says that it refused him or could not connect him. What he says first is kept for that, at
         * most 16 KiB, for at most 10 s, until the first answer. A request that may have reached an application is
         * never sent twice.
         *
         * @param policy how one is chosen
         * @return this
         */
        public Builder bridges(BridgePolicy policy) {
            node().policy(name, policy);
            return this;
        }

        /**
         * How many tunnels a bridge that is not ours is asked for, on top of the one that it opens by itself. Mux.cool
         * lets an origin that stops reading hold up all of its tunnel, and such a bridge hears nothing any more by it;
         * visitors who come then get another one. It is asked by sessions that lead nowhere, for it opens a tunnel when
         * it has more than 16 on the average: 16 lines at level {@code info} of its log, and they end when the tunnel
         * is there. Default: 1; 0 for none.
         *
         * @param tunnels 0 or more
         * @return this
         */
        public Builder spareTunnels(int tunnels) {
            node().askedSpares(tunnels);
            return this;
        }

        /**
         * How long a visitor waits when no bridge is connected. Default: 3 s.
         *
         * @param time zero or more
         * @return this
         */
        public Builder waitForBridge(Duration time) {
            node().waitForBridge(time);
            return this;
        }

        /**
         * How many tunnels bridges shall keep up, should that be more than they keep by themselves: each is on one
         * event loop, so several carry more on a machine with several cores. A wish: a bridge of our make obeys as far
         * as its own most, others do not hear it. Default: 0, no wish.
         *
         * @param least 0 to 65,535
         * @return this
         */
        public Builder tunnelsPerBridge(int least) {
            node().tunnelsPerBridge(least);
            return this;
        }

        /**
         * Starts the portal. Returns when its ports are bound.
         *
         * @return the running portal
         * @throws TunnelException if a port cannot be bound; the message names it
         * @throws IllegalStateException if something is missing; the message says what to call
         */
        public Portal start() throws TunnelException {
            return new Portal(complete().startAndWait(), name);
        }

        /**
         * As {@link #start()}, without waiting.
         *
         * @return completes when its ports are bound
         */
        public CompletableFuture<Portal> startAsync() {
            return complete().start().thenApply(node -> new Portal(node, name));
        }

        private NodeBuilder complete() {
            List<String> faults = new ArrayList<>();
            if (domain == null && !takesReverse) {
                faults.add("it has no domain (call domain(...))");
            }
            if (tags.isEmpty()) {
                faults.add("nobody can come in (call listen(...))");
            }
            if (!faults.isEmpty()) {
                throw new IllegalStateException("portal \"" + name + "\" cannot start: " + String.join("; ", faults));
            }
            if (!complete) {
                complete = true;
                if (domain == null) {
                    node().portal(name);
                }
                List<String> entrances = new ArrayList<>(tags);
                entrances.add(ReverseTunnel.DIAL);
                node().rule(Rule.inbound(entrances.toArray(String[]::new)).to(name));
            }
            return node();
        }
    }
}
