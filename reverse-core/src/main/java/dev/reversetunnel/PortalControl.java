package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The portal's side of a tunnel's control session: heartbeat, drain, and finding out which name the bridge knows it by.
 *
 * <p>A bridge never ends a control session whose name it understands, and ends any other one, usually within 2 s. So
 * the portal opens the next name when one is ended, or after 5 s of doubt, and speaks in all that are open.
 */
final class PortalControl {
    /** As V2Ray; an Xray bridge of the legacy reverse closes a tunnel that was silent for 60 s. */
    private static final long BEAT_MILLIS = 2_000;

    /** A look-up of a name that the bridge does not know may hang for longer than an answer takes. */
    private static final long DOUBT_MILLIS = 5_000;

    private static final RandomGenerator RANDOM = new SecureRandom();

    private final MuxConnection mux;
    private final List<MuxSession> sessions = new ArrayList<>();
    private final Set<ControlName> tried = EnumSet.noneOf(ControlName.class);
    private final List<ControlName> order = new ArrayList<>();
    private @Nullable Future<?> beats;
    private @Nullable Future<?> doubt;
    private @Nullable ControlName survivor;
    private @Nullable ControlName borne;
    private boolean drained;

    /**
     * Prepares.
     *
     * @param known the name that this bridge understood before, tried first; null if it was never seen
     */
    PortalControl(MuxConnection mux, @Nullable ControlName known) {
        this.mux = mux;
        this.borne = known;
        if (known != null) {
            order.add(known);
        }
        for (ControlName name : ControlName.values()) {
            if (name != known) {
                order.add(name);
            }
        }
    }

    /**
     * Opens the first session; its first heartbeat rides in the New frame.
     *
     * @param beaten is run behind each of the others
     */
    void start(Runnable beaten) {
        tryNext();
        beats = mux.carrier()
                .eventLoop()
                .scheduleAtFixedRate(
                        () -> {
                            say(ControlMessage.ACTIVE);
                            beaten.run();
                        },
                        BEAT_MILLIS,
                        BEAT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** The bridge is of our own make and knows all names: no more doubt. */
    void trust() {
        tried.addAll(order);
        cancel(doubt);
    }

    private void tryNext() {
        for (ControlName name : order) {
            if (tried.add(name)) {
                open(name);
                return;
            }
        }
    }

    private void open(ControlName name) {
        try {
            MuxSession session = mux.open(name.destination());
            session.pipeline().addLast(Discard.INSTANCE);
            session.config().setAutoRead(true);
            sessions.add(session);
            send(session, ControlMessage.ACTIVE);
        } catch (MuxException e) {
            return; // no id left: the tunnel is about to be replaced anyhow
        }
        cancel(doubt);
        doubt = mux.carrier()
                .eventLoop()
                .schedule(
                        () -> {
                            borne = borne == null && isOpen(name) ? name : borne;
                            tryNext();
                        },
                        DOUBT_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    /** A session of the tunnel is over; if it was one of ours, its name was not understood. */
    void ended(MuxSession session) {
        if (!mux.carrier().isActive()) {
            return; // all of them end with the tunnel, which says nothing about their names
        }
        if (sessions.remove(session) && !drained) {
            borne = borne != null && isOpen(borne) ? borne : null;
            tryNext();
        }
    }

    private boolean isOpen(ControlName name) {
        return sessions.stream().anyMatch(session -> session.destination().equals(name.destination()));
    }

    boolean owns(MuxSession session) {
        return sessions.contains(session);
    }

    /** How many of the tunnel's sessions are for control. */
    int openSessions() {
        return sessions.size();
    }

    /** The name that the bridge understands, as far as one can know: the only one that is still open. */
    @Nullable
    ControlName understood() {
        if (survivor != null || sessions.size() != 1) {
            return survivor;
        }
        for (ControlName name : ControlName.values()) {
            if (name.destination().equals(sessions.get(0).destination())) {
                return name;
            }
        }
        return null;
    }

    /**
     * The first name whose session the bridge has not ended in time: it understands that, or takes it for a user's who
     * speaks UDP, as those do that send all users to one place. Null before.
     */
    @Nullable
    ControlName borne() {
        return borne;
    }

    private void say(ControlMessage message) {
        for (MuxSession session : List.copyOf(sessions)) {
            send(session, message);
        }
    }

    private ChannelFuture send(MuxSession session, ControlMessage message) {
        return session.writeAndFlush(new Datagram(session.destination(), message.encode(session.alloc(), RANDOM)));
    }

    /** Tells the bridge to dial a replacement, and ends the control session as all portals do. */
    void drain() {
        if (drained) {
            return;
        }
        survivor = understood();
        drained = true;
        stop();
        for (MuxSession session : List.copyOf(sessions)) {
            send(session, ControlMessage.DRAIN).addListener(ChannelFutureListener.CLOSE);
        }
    }

    void stop() {
        cancel(beats);
        cancel(doubt);
    }

    private static void cancel(@Nullable Future<?> task) {
        if (task != null) {
            task.cancel(false);
        }
    }

    /** No portal reads what a bridge says here; nor may it pile up. */
    @io.netty.channel.ChannelHandler.Sharable
    private static final class Discard extends ChannelInboundHandlerAdapter {
        static final Discard INSTANCE = new Discard();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            ReferenceCountUtil.release(event);
        }
    }
}
