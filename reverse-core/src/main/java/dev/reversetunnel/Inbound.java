package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.util.Optional;
import java.util.Set;

/**
 * Where somebody comes in: a port of ours, and the protocol that is spoken there. Immutable; may serve several nodes.
 */
public interface Inbound {
    /**
     * Starts to listen.
     *
     * @param context the node: its event loops, its clock, and who takes what comes in
     * @return the listening channel, which the node closes; or why not, as a {@link TunnelException} that names the
     *     port
     */
    Future<Channel> start(InboundContext context);

    /**
     * What is missing before it can be started. Asked before a node starts, so that a mistake shows at the desk.
     *
     * @return what is wrong and what to call; empty if nothing is
     */
    default Optional<String> fault() {
        return Optional.empty();
    }

    /**
     * Whether bridges can register here by {@link Command#REVERSE}, so that their portal needs no rendezvous domain.
     *
     * @return false for most
     */
    default boolean takesReverse() {
        return false;
    }

    /**
     * Whether bridges can register here at all. {@link Portal.Builder#listen(Inbound)} names inbounds by it.
     *
     * @return true for most; false for those that only visitors use
     */
    default boolean takesTunnels() {
        return true;
    }

    /**
     * Whether visitors are looked at before the rules are asked.
     *
     * @return {@link Sniffing#NONE} unless told
     */
    default Sniffing sniffing() {
        return Sniffing.NONE;
    }

    /**
     * Who may come in here, so that a misspelt name is no user who is revoked.
     *
     * @return the names of all users; none where everybody may come in
     */
    default Set<String> users() {
        return Set.of();
    }

    /**
     * What the other end must know to come in here. Asked by a {@link PeerFormat}.
     *
     * @return the agreement, with its secrets; empty if no other program can be told
     */
    default Optional<Agreement> agreement() {
        return Optional.empty();
    }

    /**
     * A port at which everybody may come in.
     *
     * @param port 0 to 65535; 0 picks a free one
     * @return a port on all addresses, for streams unless {@link PortInbound#udp()} or {@link PortInbound#tcpAndUdp()}
     *     is called, whose visitors ask for the port's own address until {@link PortInbound#to} says something else
     */
    static PortInbound port(int port) {
        return new PortInbound(port);
    }
}
