package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.function.Function;

/** The relay of a node. */
final class ChannelRelay implements Relay {
    private final Function<Channel, Dialer> dialers;
    private final Refusals refusals;
    private final Duration halfClosedTimeout;
    private final ChannelGroup opened;
    private final MemoryBudget memory;

    /**
     * A relay.
     *
     * @param opened gets what was opened for somebody, so that the node can close it
     * @param memory for what waits to be read
     */
    ChannelRelay(
            Function<Channel, Dialer> dialers,
            Refusals refusals,
            Duration halfClosedTimeout,
            ChannelGroup opened,
            MemoryBudget memory) {
        this.dialers = dialers;
        this.refusals = refusals;
        this.halfClosedTimeout = halfClosedTimeout;
        this.opened = opened;
        this.memory = memory;
    }

    @Override
    public Dialer dialer(Channel waiting) {
        return dialers.apply(waiting);
    }

    @Override
    public void join(Request request, Channel waiting, Future<Channel> opening) {
        if (opening.isSuccess()) {
            join(waiting, opening.getNow());
            return;
        }
        opening.addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                refusals.failed(request, waiting, opened.cause());
            } else if (waiting.isActive()) {
                join(waiting, opened.getNow());
            } else {
                ChannelEnds.reset(opened.getNow());
            }
        });
    }

    private void join(Channel one, Channel other) {
        RelayHandler.join(one, other, halfClosedTimeout, memory);
        opened.add(other);
    }
}
