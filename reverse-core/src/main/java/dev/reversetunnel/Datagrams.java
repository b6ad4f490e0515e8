package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The dispatcher's part for datagrams: what all associations of a node share.
 *
 * @param forbidden why a request is not even put to the rules; null if it is
 * @param router decides for each target
 * @param loads counts the ways out that balancers choose by load
 * @param dialers how the node reaches the network, for one waiting channel
 * @param refusals where it is told that something was refused, or failed
 * @param idle how long an association may stand still
 * @param maxFlows how many ways out there may be at once
 * @param opened gets what was opened for somebody, and associations, so that the node can close it
 * @param counts of the node
 * @param memory of which all that waits is a part
 */
record Datagrams(
        Function<Request, @Nullable String> forbidden,
        Router router,
        ExitLoads loads,
        Function<Channel, Dialer> dialers,
        Refusals refusals,
        Duration idle,
        int maxFlows,
        ChannelGroup opened,
        DatagramCounts counts,
        ByteBudget memory) {

    /** Of our choice: ways out of a node, as many as there may be sessions of a credential. */
    static final int DEFAULT_MAX_FLOWS = 16_384;

    /** Takes over a channel that gives and takes datagrams, on its event loop. */
    void accept(Request request, Channel waiting) {
        if (!waiting.isActive()) {
            ChannelEnds.reset(waiting);
            return;
        }
        if (waiting instanceof AssociationChannel association) {
            association.countDropped(counts.dropped());
            association.within(memory);
            opened.add(association); // one that roams outlives its sessions, but not the node
        }
        waiting.pipeline().addLast(new DatagramDispatch(this, request, waiting));
        waiting.config().setAutoRead(true);
    }
}
