package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * Opens connections for code of this JVM, by the node's rules and without a TCP hop: one end in memory is the visitor
 * whom the dispatcher gets, the other one is the application's.
 */
final class NodeDials {
    private static final InetSocketAddress HERE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Dispatcher dispatcher;
    private final Refusals refusals;
    private final EventLoopGroup loops;
    private final ChannelGroup connections;
    private volatile @Nullable String closed;

    /**
     * For one node.
     *
     * @param connections gets what was opened, so that the node can close it
     */
    NodeDials(Dispatcher dispatcher, Refusals refusals, EventLoopGroup loops, ChannelGroup connections) {
        this.dispatcher = dispatcher;
        this.refusals = refusals;
        this.loops = loops;
        this.connections = connections;
    }

    /** Opens nothing any more. */
    void close(String reason) {
        closed = reason;
    }

    /** Opens a connection of two streams. */
    CompletableFuture<Connection> open(String tag, Destination destination) {
        if (destination.network() == Network.UDP) {
            throw new IllegalArgumentException(
                    "destination: " + destination + " (expected: TCP; give a handler for datagrams)");
        }
        ConnectionHandler streams = new ConnectionHandler(loops);
        CompletableFuture<Channel> opening = open(tag, destination, streams);
        CompletableFuture<Connection> opened =
                opening.thenApply(channel -> new Connection(destination, channel, streams));
        opened.whenComplete((connection, failure) -> {
            if (opened.isCancelled()) {
                opening.cancel(false);
            }
        });
        return opened;
    }

    /**
     * Opens a connection.
     *
     * @param handler put on the application's end before it reads
     * @return completes on the event loop of the channel
     */
    CompletableFuture<Channel> open(String tag, Destination destination, ChannelHandler handler) {
        CompletableFuture<Channel> opened = new CompletableFuture<>();
        Request request = new Request(destination, tag);
        String reason = closed;
        if (reason != null) {
            opened.completeExceptionally(new RefusedException(reason));
            return opened;
        }
        EventLoop loop = loops.next();
        try {
            loop.execute(() -> {
                if (destination.network() == Network.UDP) {
                    openDatagrams(request, loop, handler, opened);
                } else {
                    openStream(request, loop, handler, opened);
                }
            });
        } catch (RejectedExecutionException e) {
            opened.completeExceptionally(new RefusedException("the event loops have ended"));
        }
        return opened;
    }

    private void openStream(
            Request request, EventLoop loop, ChannelHandler handler, CompletableFuture<Channel> opened) {
        MemoryChannel ours = MemoryChannel.connect(HERE, HERE);
        MemoryChannel visitor = ours.other();
        for (MemoryChannel end : new MemoryChannel[] {ours, visitor}) {
            MemoryTransport.prepare(end);
            loop.register(end);
            connections.add(end);
        }
        visitor.pipeline().addLast(new DialReply(opened, () -> hand(ours, handler, opened)));
        opened.whenComplete((channel, failure) -> {
            if (failure != null) { // also by the application, which wants it no more
                ChannelEnds.reset(visitor);
                ChannelEnds.reset(ours);
            }
        });
        dispatcher.handle(request, visitor);
    }

    /** Nobody tells an association what becomes of it, so the rules are asked before. */
    private void openDatagrams(
            Request request, EventLoop loop, ChannelHandler handler, CompletableFuture<Channel> opened) {
        dispatcher.judge(request).addListener((Future<Route> judged) -> {
            if (!judged.isSuccess()) {
                refusals.told(request, judged.cause());
                opened.completeExceptionally(judged.cause());
                return;
            }
            loop.execute(() -> {
                DatagramPair pair = new DatagramPair(loop);
                connections.add(pair.ours);
                connections.add(pair.visitor);
                dispatcher.handle(request, pair.visitor);
                hand(pair.ours, handler, opened);
            });
        });
    }

    private static void hand(Channel ours, ChannelHandler handler, CompletableFuture<Channel> opened) {
        if (opened.isDone()) {
            ChannelEnds.reset(ours);
            return;
        }
        ours.pipeline().addLast(handler);
        ours.config().setAutoRead(!(handler instanceof ConnectionHandler)); // which asks when it has room
        opened.complete(ours);
    }

    /** Two ends of datagrams: what is written to one is read from the other, or dropped. */
    private static final class DatagramPair {
        final AssociationChannel ours;
        final AssociationChannel visitor;

        DatagramPair(EventLoop loop) {
            ours = AssociationChannel.open(loop, this::toVisitor);
            visitor = AssociationChannel.open(loop, this::toUs);
            ours.closeFuture().addListener(closed -> visitor.close());
            visitor.closeFuture().addListener(closed -> ours.close());
        }

        private void toVisitor(Datagram datagram) {
            visitor.deliver(datagram);
        }

        private void toUs(Datagram datagram) {
            ours.deliver(datagram);
        }
    }
}
