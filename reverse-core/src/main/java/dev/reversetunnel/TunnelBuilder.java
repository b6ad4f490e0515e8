package dev.reversetunnel;

import dev.reversetunnel.mux.MuxOptions;
import io.netty.channel.EventLoopGroup;
import java.time.Clock;
import java.time.Duration;

/**
 * What can be set for portals, bridges and whole nodes alike. Everything has a default.
 *
 * @param <B> the builder itself
 */
public abstract sealed class TunnelBuilder<B extends TunnelBuilder<B>>
        permits ReverseTunnel.Builder, Portal.Builder, Bridge.Builder, PrivateNetwork.Builder, NetworkMember.Builder {
    private final NodeBuilder node;

    TunnelBuilder(String name) {
        node = new NodeBuilder(name);
    }

    final NodeBuilder node() {
        return node;
    }

    abstract B self();

    /**
     * Adds somebody who hears what happens. May be called several times.
     *
     * @param listener called on event loops; must not block
     * @return this
     */
    public final B listener(TunnelListener listener) {
        node.listener(listener);
        return self();
    }

    /**
     * Runs on event loops of the application's, which ends them itself, after everything that runs on them. Default: a
     * few daemon threads, shared with all others of this JVM that bring none, ended with the last of them.
     *
     * @param group loops for NIO or epoll
     * @return this
     * @throws IllegalArgumentException if the loops are of another kind
     */
    public final B eventLoops(EventLoopGroup group) {
        node.loops(group);
        return self();
    }

    /**
     * Tells the time by another clock than the system's, as in tests. Protocols send and check it.
     *
     * @param clock the clock
     * @return this
     */
    public final B clock(Clock clock) {
        node.clock(clock);
        return self();
    }

    /**
     * Looks names up by another service than the system's: a table of hosts, say, or an answer for tests.
     *
     * @param service asked for each name that rules judge or that is dialled from here
     * @return this
     */
    public final B names(NameService service) {
        node.names(service);
        return self();
    }

    /**
     * How long one dial may take, name look-up and all addresses of the name included; and again, how long a portal may
     * take to answer. Default: 10 s.
     *
     * @param time positive
     * @return this
     */
    public final B dialTimeout(Duration time) {
        node.dialTimeout(time);
        return self();
    }

    /**
     * How long the second direction of a connection may stand still after the first has ended. Default: 60 s.
     *
     * @param time positive
     * @return this
     */
    public final B halfClosedTimeout(Duration time) {
        node.halfClosedTimeout(time);
        return self();
    }

    /**
     * How long a UDP association, that is one source of datagrams and where they go, is kept when nothing moves. It
     * ends up to a quarter later. Default: 60 s.
     *
     * @param time positive
     * @return this
     */
    public final B datagramTimeout(Duration time) {
        node.datagramTimeout(time);
        return self();
    }

    /**
     * How many ways out datagrams may have at once: one for each visitor and target, or for each visitor if the
     * outbound shares one among his targets. What would need one more is dropped, and told. Default: 16,384.
     *
     * @param most 1 or more
     * @return this
     */
    public final B maxFlows(int most) {
        node.maxFlows(most);
        return self();
    }

    /**
     * How much may wait in the whole node for somebody to read it: in tunnels, in relays, in the windows of sessions.
     * At 95 % of it nobody new is let in, and each may hold a quarter of what he may hold else, until 85 %; who then
     * reads nothing for {@link MuxOptions#grace()} is reset. Default: a quarter of what the JVM may have, heap and
     * direct memory together.
     *
     * @param bytes 1 or more; less than a few MiB serves nobody
     * @return this
     */
    public final B memory(long bytes) {
        node.memory(bytes);
        return self();
    }

    /**
     * How long a tunnel may be silent before its other end is asked for a sign of life. One that leaves a question
     * unanswered for as long again is suspect: visitors get another tunnel if there is one, and a bridge dials one at
     * once. After three intervals without a byte, an end of our own make is taken for dead, the tunnel is ended, and
     * its visitors are reset.
     *
     * <p>An end that is not ours is dead when it left three questions unanswered and its TCP has acknowledged nothing
     * for three intervals, either; else it is only stalled by a slow reader, as V2Ray and Xray are, and comes back. A
     * bridge asks a portal that is not ours, which speaks by itself, after five intervals. Default: 3 s, and up to a
     * quarter less, so that many tunnels do not ask at one moment.
     *
     * @param time 1 ms or more
     * @return this
     */
    public final B pingInterval(Duration time) {
        node.pingInterval(time);
        return self();
    }

    /**
     * How many visitors of each portal may wait for a bridge; more are refused at once. Default: 1,024.
     *
     * @param most 1 or more
     * @return this
     */
    public final B maxWaitingForBridge(int most) {
        node.maxWaitingForBridge(most);
        return self();
    }

    /**
     * How many sessions of each bridge may be connected at once, and how many more may wait for that, within the time
     * of {@link #dialTimeout}. What comes beyond is refused. Default: 256, and 1,024 who wait.
     *
     * @param most 1 or more
     * @param waiting 0 or more
     * @return this
     */
    public final B maxDials(int most, int waiting) {
        node.maxDials(most, waiting);
        return self();
    }

    /**
     * How long an end that is not ours may be silent, and leave questions unanswered, before it is taken for dead where
     * the system cannot tell it from one that is only stalled: without native epoll (so everywhere but on Linux), and
     * on carriers that are no TCP connection. Default: 60 s.
     *
     * @param time positive
     * @return this
     */
    public final B deadTime(Duration time) {
        node.deadTime(time);
        return self();
    }

    /**
     * Sets the limits inside a tunnel: sessions, queues, the grace for slow readers. Default:
     * {@link MuxOptions#DEFAULT}.
     *
     * @param options the limits
     * @return this
     */
    public final B mux(MuxOptions options) {
        node.mux(options);
        return self();
    }
}
