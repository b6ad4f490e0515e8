package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * One way out of an association, for one target or for all of an outbound: a channel of datagrams that the outbound
 * takes over as if it were the visitor's. Until that is done, a few datagrams wait in it.
 *
 * <p>It is also the relay that the outbound gets: what cannot be opened ends this flow alone, and the next datagram
 * opens another.
 */
final class DatagramFlow implements Relay {
    private final DatagramDispatch association;
    private final Route route;
    private final boolean shared;
    private final AssociationChannel channel;
    private int lastUsed;

    private DatagramFlow(DatagramDispatch association, Route route, boolean shared) {
        this.association = association;
        this.route = route;
        this.shared = shared;
        Channel waiting = association.waiting();
        this.channel = AssociationChannel.open(
                waiting,
                waiting.localAddress(),
                waiting.remoteAddress(),
                datagram -> association.answer(this, datagram));
    }

    static DatagramFlow open(DatagramDispatch association, Route route, boolean shared) {
        DatagramFlow flow = new DatagramFlow(association, route, shared);
        DatagramCounts counts = association.node().counts();
        counts.flows().incrementAndGet();
        flow.channel.countDropped(counts.dropped());
        flow.channel.within(association.node().memory());
        association.node().loads().count(route.tag(), flow.channel);
        flow.channel.closeFuture().addListener(closed -> association.closed(flow));
        return flow;
    }

    /** Gives it to the outbound. What that throws ends this flow alone. */
    void take() {
        try {
            route.outbound().take(route.request(), channel, this);
        } catch (RuntimeException e) {
            failed(route.request(), e);
        }
    }

    /** Sends a datagram to where the rules have decided. */
    void send(Datagram datagram, Destination decided, int tick) {
        lastUsed = tick;
        channel.deliver(datagram.peer().equals(decided) ? datagram : new Datagram(decided, datagram.content()));
    }

    AssociationChannel channel() {
        return channel;
    }

    Outbound outbound() {
        return route.outbound();
    }

    boolean isShared() {
        return shared;
    }

    boolean isOpen() {
        return channel.isOpen();
    }

    int lastUsed() {
        return lastUsed;
    }

    void used(int tick) {
        lastUsed = tick;
    }

    void close() {
        channel.close();
    }

    // ---- the relay ----

    @Override
    public Dialer dialer(Channel waiting) {
        Dialer dialer = association.node().dialers().apply(waiting);
        return shared
                ? new JudgedDialer(dialer, host -> association.judged(host, route.outbound()))
                : new JudgedDialer(dialer, host -> route.isFor(host) ? route : null);
    }

    @Override
    public void join(Request request, Channel waiting, Future<Channel> opening) {
        if (opening.isDone()) {
            opened(request, waiting, opening);
        } else {
            opening.addListener(done -> waiting.eventLoop().execute(() -> opened(request, waiting, opening)));
        }
    }

    private void opened(Request request, Channel waiting, Future<Channel> opening) {
        if (!opening.isSuccess()) {
            if (waiting.isOpen()) { // else nobody waits for it any more
                failed(request, opening.cause());
            }
        } else if (waiting.isActive()) {
            OpenDatagrams.within(opening.getNow(), association.node().memory());
            DatagramRelay.join(waiting, opening.getNow(), this);
            association.node().opened().add(opening.getNow());
        } else {
            opening.getNow().close();
        }
    }

    /** The way out is closed, or never came about. Any thread. */
    void failed(Request request, Throwable cause) {
        if (!channel.eventLoop().inEventLoop()) {
            channel.eventLoop().execute(() -> failed(request, cause));
            return;
        }
        association.failed(request, cause);
        channel.close();
    }

    /** The way out does not lead to this target. Any thread. */
    void refused(Destination target, Throwable cause) {
        if (!channel.eventLoop().inEventLoop()) {
            channel.eventLoop().execute(() -> refused(target, cause));
            return;
        }
        association.failed(route.request().to(target), cause);
    }

    void failed(Throwable cause) {
        failed(route.request(), cause);
    }

    void dropped(int datagrams) {
        association.node().counts().dropped().add(datagrams);
    }
}
