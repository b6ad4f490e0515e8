package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One visitor's datagrams, split by target. The last handler of his channel.
 *
 * <p>Each target is put to the rules, not only the first one, and again when its way out has come to an end. What a
 * rule sends to an outbound goes by a {@link DatagramFlow}: one for each target, or one for all targets of an outbound
 * that shares them. Answers of all flows go back to the visitor.
 *
 * <p>A target that is refused, or cannot be reached, never ends the association: its datagrams are dropped, which is
 * told once, and a flow that failed is opened anew by the next datagram. Idle targets, idle flows and at last the idle
 * association itself are ended by a clock that ticks four times in the time-out, so that a datagram costs no look at
 * the time.
 */
final class DatagramDispatch extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(DatagramDispatch.class);

    /** Of our choice, of one association; the one that was idle for longest goes first. */
    static final int MAX_TARGETS = 256;

    private static final int TICKS = 4;

    private final Datagrams node;
    private final Request request;
    private final Channel waiting;
    private final Map<Destination, Target> targets = new LinkedHashMap<>(4, 0.75f, true);
    private final IdentityHashMap<Outbound, DatagramFlow> shared = new IdentityHashMap<>(2);
    private @Nullable RoamingName roaming;
    private @Nullable Future<?> ticks;
    private int now;
    private int lastUsed;

    DatagramDispatch(Datagrams node, Request request, Channel waiting) {
        this.node = node;
        this.request = request;
        this.waiting = waiting;
    }

    /** Somewhere the visitor wants to go. */
    private final class Target {
        final Request request;
        private final @Nullable String forbidden;
        private @Nullable DatagramQueue undecided;
        private @Nullable DatagramFlow flow;
        private @Nullable Route route;
        private int routedAt;
        private boolean told;
        private int used;

        Target(Destination destination) {
            request = DatagramDispatch.this.request.to(destination);
            forbidden = node.forbidden().apply(request);
        }

        void send(Datagram datagram) {
            used = now;
            if (undecided != null) {
                if (!undecided.offer(datagram)) {
                    dropped(1);
                }
                return;
            }
            if (forbidden != null) {
                refuse(datagram, forbidden);
                return;
            }
            Route known = route;
            if (known != null && (flow == null ? now == routedAt : flow.isOpen())) {
                send(datagram, known);
                return;
            }
            Future<Route> deciding = node.router().route(request);
            if (deciding.isSuccess()) {
                keep(deciding.getNow());
                send(datagram, deciding.getNow());
            } else {
                undecided = new DatagramQueue(node.memory());
                if (!undecided.offer(datagram)) {
                    dropped(1);
                }
                deciding.addListener((Future<Route> done) -> waiting.eventLoop().execute(() -> decided(done)));
            }
        }

        private void decided(Future<Route> deciding) {
            DatagramQueue queue = undecided;
            undecided = null;
            if (queue == null) {
                return; // given up meanwhile
            }
            if (!deciding.isSuccess()) {
                dropped(queue.clear());
                tell(deciding.cause());
                return;
            }
            keep(deciding.getNow());
            for (Datagram next = queue.poll(); next != null; next = queue.poll()) {
                send(next, deciding.getNow());
            }
        }

        /**
         * For as long as its way out is open, or for a tick where there is none: a look-up for each datagram is dear.
         */
        private void keep(Route decided) {
            route = decided;
            routedAt = now;
        }

        private void send(Datagram datagram, Route decided) {
            if (decided.outbound() instanceof RefuseOutbound) {
                refuse(datagram, decided.refusal());
                return;
            }
            DatagramFlow way = flow;
            if (way == null || !way.isOpen() || way.outbound() != decided.outbound()) {
                leave();
                way = flowOf(this, decided);
                flow = way;
            }
            if (way == null) {
                datagram.release();
                dropped(1);
                return;
            }
            way.send(datagram, decided.request().destination(), now);
        }

        private void refuse(Datagram datagram, String reason) {
            datagram.release();
            dropped(1);
            leave();
            tell(new RefusedException(reason));
        }

        void tell(Throwable cause) {
            if (!told) {
                told = true;
                node.refusals().told(request, cause);
            }
        }

        /** Idle, or one too many. */
        void close() {
            if (undecided != null) {
                dropped(undecided.clear());
                undecided = null;
            }
            leave();
        }

        private void leave() {
            if (flow != null && !flow.isShared()) {
                flow.close();
            }
            flow = null;
        }

        boolean isIdle() {
            return isOld(used) && (flow == null || flow.isShared() || isOld(flow.lastUsed()));
        }
    }

    private boolean isOld(int tick) {
        return now - tick > TICKS;
    }

    // ---- from the visitor ----

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        node.counts().associations().incrementAndGet();
        long period = Math.max(1, node.idle().toNanos() / TICKS);
        ticks = ctx.executor().scheduleAtFixedRate(this::tick, period, period, TimeUnit.NANOSECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof Datagram datagram)) {
            ReferenceCountUtil.release(message);
            return;
        }
        lastUsed = now;
        Target target = targets.get(datagram.peer());
        if (target == null) {
            target = new Target(datagram.peer());
            makeRoom();
            targets.put(datagram.peer(), target);
        }
        target.send(datagram);
    }

    private void makeRoom() {
        if (targets.size() >= MAX_TARGETS) {
            Iterator<Target> oldest = targets.values().iterator();
            Target idle = oldest.next();
            oldest.remove();
            idle.close();
        }
    }

    private @Nullable DatagramFlow flowOf(Target target, Route route) {
        Outbound outbound = route.outbound();
        boolean shares = outbound.sharesDatagrams(route.request());
        DatagramFlow known = shares ? shared.get(outbound) : null;
        if (known != null && known.isOpen()) {
            return known;
        }
        if (node.counts().flows().get() >= node.maxFlows()) {
            node.refusals().limits().reached(Limit.DATAGRAM_FLOWS, "a datagram of " + request + " was dropped");
            target.tell(new RefusedException("datagrams go " + node.maxFlows() + " ways already (call maxFlows(...))"));
            return null;
        }
        DatagramFlow flow = DatagramFlow.open(this, route, shares);
        if (shares) {
            shared.put(outbound, flow);
        }
        if (outbound instanceof MuxPortal) {
            if (roaming == null) {
                roaming = new RoamingName();
            }
            flow.channel().roamAs(roaming.of(route, shares));
        }
        node.refusals().routed(route);
        flow.take();
        return flow;
    }

    // ---- from the flows ----

    /** Something came back. */
    void answer(DatagramFlow flow, Datagram datagram) {
        lastUsed = now;
        flow.used(now);
        waiting.write(datagram, waiting.voidPromise());
    }

    /** A target cannot be reached; told once. */
    void failed(Request asked, Throwable cause) {
        Target target = targets.get(asked.destination());
        if (target == null) {
            node.refusals().told(asked, cause); // it was decided that another address is reached than was asked for
        } else {
            target.tell(cause);
        }
    }

    /**
     * What the rules found out about a name that a shared way out wants to dial for one of its targets; null if
     * nothing. Of targets with the same name that were judged apart, each must be content with what was found.
     */
    @Nullable
    Route judged(String host, Outbound outbound) {
        Route judged = null;
        for (Target target : targets.values()) {
            Route route = target.route;
            if (route != null && route.outbound() == outbound && route.isFor(host)) {
                judged = judged == null ? route : judged.and(route);
            }
        }
        return judged;
    }

    void closed(DatagramFlow flow) {
        node.counts().flows().decrementAndGet();
        shared.remove(flow.outbound(), flow);
    }

    Datagrams node() {
        return node;
    }

    Channel waiting() {
        return waiting;
    }

    private void dropped(int datagrams) {
        node.counts().dropped().add(datagrams);
    }

    // ---- ends ----

    private void tick() {
        now++;
        if (isOld(lastUsed)) {
            waiting.close();
            return;
        }
        for (Iterator<Target> each = targets.values().iterator(); each.hasNext(); ) {
            Target target = each.next();
            if (target.isIdle()) {
                each.remove();
                target.close();
            }
        }
        for (DatagramFlow flow : List.copyOf(shared.values())) {
            if (isOld(flow.lastUsed())) {
                flow.close();
            }
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            ctx.close(); // datagrams have no second half
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        log.debug("{}: {}", ctx.channel(), cause.toString());
        ChannelEnds.reset(ctx.channel());
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        node.counts().associations().decrementAndGet();
        if (ticks != null) {
            ticks.cancel(false);
        }
        new ArrayList<>(targets.values()).forEach(Target::close);
        targets.clear();
        List.copyOf(shared.values()).forEach(DatagramFlow::close);
    }
}
