package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import java.io.Serial;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** The relay of a node. */
final class ChannelRelay implements Relay {
    private final Function<Channel, Dialer> dialers;
    private final Refusals refusals;
    private final Duration halfClosedTimeout;
    private final ChannelGroup opened;
    private final AtomicInteger open = new AtomicInteger();
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
        open.incrementAndGet();
        Over over = new Over();
        one.closeFuture().addListener(over);
        other.closeFuture().addListener(over);
        RelayHandler.join(one, other, halfClosedTimeout, memory);
        opened.add(other);
    }

    /** How many pairs are joined: until both have closed, for what one has given the other may still have to send. */
    int open() {
        return open.get();
    }

    /** Counts one pair down. */
    private final class Over extends AtomicInteger implements ChannelFutureListener {
        @Serial
        private static final long serialVersionUID = 1L;

        Over() {
            super(2);
        }

        @Override
        public void operationComplete(ChannelFuture closed) {
            if (decrementAndGet() == 0) {
                open.decrementAndGet();
            }
        }
    }
}
