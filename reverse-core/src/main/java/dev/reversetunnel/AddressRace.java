package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One dial to all addresses of a name, as <a href="https://www.rfc-editor.org/rfc/rfc8305">RFC 8305</a> has it: the two
 * families take turns, the next address is tried when one has failed or not answered in time, those that were begun go
 * on, and the first that answers wins. Lives on the loop of its channels.
 *
 * <p>Of the RFC this leaves out that the look-ups of both families race, for the JDK gives all addresses at once, and
 * that addresses are sorted by what was learnt of them before.
 */
final class AddressRace {
    /** RFC 8305, section 8: the recommended Connection Attempt Delay. */
    static final long ATTEMPT_DELAY_MILLIS = 250;

    private final Destination remote;
    private final Bootstrap socket;
    private final ChannelHandler handler;
    private final Dialer dialer;
    private final Promise<Channel> result;
    private final Deque<InetAddress> untried;
    private final List<Channel> running = new ArrayList<>(1);
    private final int addresses;
    private final int descriptors;
    private @Nullable Future<?> nextAttempt;
    private @Nullable Throwable failure;

    /**
     * A race that has not begun.
     *
     * @param socket makes a channel, without a handler
     * @param handler of the channel that wins
     * @param found the addresses, in the order in which the name service would try them
     * @param result whoever fails it, ends the race
     * @param descriptors which file descriptors a dial may have: those below
     */
    AddressRace(
            Destination remote,
            Bootstrap socket,
            ChannelHandler handler,
            Dialer dialer,
            List<InetAddress> found,
            Promise<Channel> result,
            int descriptors) {
        this.remote = remote;
        this.socket = socket;
        this.handler = handler;
        this.dialer = dialer;
        this.untried = new ArrayDeque<>(inTurns(found));
        this.addresses = found.size();
        this.result = result;
        this.descriptors = descriptors;
    }

    /** The first one's family begins; within a family the order stays. */
    static List<InetAddress> inTurns(List<InetAddress> addresses) {
        Deque<InetAddress> first = new ArrayDeque<>();
        Deque<InetAddress> second = new ArrayDeque<>();
        for (InetAddress address : addresses) {
            boolean same = address.getClass() == addresses.get(0).getClass();
            (same ? first : second).add(address);
        }
        List<InetAddress> order = new ArrayList<>(addresses.size());
        while (!first.isEmpty() || !second.isEmpty()) {
            for (Deque<InetAddress> family : List.of(first, second)) {
                InetAddress next = family.poll();
                if (next != null) {
                    order.add(next);
                }
            }
        }
        return order;
    }

    /** On the loop. */
    void start() {
        result.addListener(done -> {
            if (dialer.loop().inEventLoop()) {
                stop();
            } else {
                dialer.loop().execute(this::stop);
            }
        });
        attempt();
    }

    private void attempt() {
        if (nextAttempt != null) {
            nextAttempt.cancel(false);
            nextAttempt = null;
        }
        InetAddress address = untried.poll();
        if (result.isDone() || address == null) {
            return;
        }
        ChannelFuture attempt =
                socket.clone().handler(new Runner()).connect(new InetSocketAddress(address, remote.port()));
        running.add(attempt.channel());
        if (Loops.descriptor(attempt.channel()) >= descriptors) {
            result.tryFailure(new TunnelException("cannot reach " + remote
                    + ": the last file descriptors of this process" + " are for others (ulimit -n raises the limit)"));
            return;
        }
        if (!untried.isEmpty()) {
            nextAttempt = dialer.loop().schedule(this::attempt, ATTEMPT_DELAY_MILLIS, TimeUnit.MILLISECONDS);
        }
        attempt.addListener((ChannelFutureListener) ended -> {
            if (!ended.isSuccess()) {
                failed(ended.channel(), ended.cause());
            }
        });
    }

    private void failed(Channel loser, Throwable cause) {
        running.remove(loser);
        if (failure != null) {
            cause.addSuppressed(failure);
        }
        failure = cause;
        if (result.isDone()) {
            return;
        }
        if (!untried.isEmpty()) {
            attempt();
        } else if (running.isEmpty()) {
            result.tryFailure(new TunnelException(
                    "cannot reach " + remote + ": " + cause.getMessage()
                            + (addresses == 1 ? "" : ", the last of " + addresses + " addresses")
                            + "; is it running there, and does a firewall let it through?",
                    cause));
        }
    }

    /** It is won or lost. */
    private void stop() {
        if (nextAttempt != null) {
            nextAttempt.cancel(false);
        }
        untried.clear();
        for (Channel loser : List.copyOf(running)) {
            if (loser != result.getNow()) {
                loser.close();
            }
        }
    }

    /** Stands in for the handlers until it is known which channel gets them: those of losers would tell of failures. */
    private final class Runner extends ChannelInboundHandlerAdapter {
        @Override
        public void handlerAdded(ChannelHandlerContext ctx) {
            dialer.opening(ctx.channel());
        }

        @Override
        public void channelActive(ChannelHandlerContext ctx) {
            Channel channel = ctx.channel();
            if (!result.setUncancellable() || result.isDone()) {
                channel.close();
                return;
            }
            channel.pipeline().addLast(handler);
            if (!result.trySuccess(channel)) {
                channel.close();
            }
            ctx.fireChannelActive();
            channel.pipeline().remove(this);
        }
    }
}
