package dev.reversetunnel;

import dev.reversetunnel.mux.EndReason;
import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxException;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.mux.MuxHello;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A tunnel as its portal sees it: the mux client, which opens the sessions although the bridge has dialled. */
final class PortalTunnel extends Tunnel {
    private static final Logger log = LoggerFactory.getLogger(PortalTunnel.class);

    /** As all foreign portals: their bridges count on tunnels being renewed. Openings, control sessions included. */
    static final int FOREIGN_OPENINGS = 256;

    /**
     * Of our choice: a bridge of ours greets as soon as it is connected. A visitor who came before would have a plain
     * session, which can stop others, so he waits; a foreign bridge is waited for as long only once.
     */
    static final long GREETING_MILLIS = 50;

    /** Of our choice: sessions that exist go on behind it, and a gigabyte is soon gone. */
    static final double WORN = 0.5;

    /** A drained tunnel's last session may still have frames under way. */
    private static final long LINGER_MILLIS = 1_000;

    private static final long DOUBT_AGAIN_NANOS = TimeUnit.SECONDS.toNanos(1);

    private final MuxPortal portal;
    private final @Nullable Account account;
    private final LogLimiter reasonLines = new LogLimiter();
    private final Consumer<ControlName> understood;
    private final PortalControl control;
    private final SpareRequest spare;
    private final AbandonedStall stall;
    private final boolean tellsVisitor;
    private final boolean knownForeign;
    private volatile BridgeIdentity bridge;
    private volatile boolean settled;
    private volatile boolean doubted;
    private volatile boolean replaced;
    private volatile boolean proved;
    private boolean leaving;
    private long doubtedNanos;

    PortalTunnel(
            TunnelIdentity identity,
            Channel carrier,
            MuxOptions options,
            LivenessTimes times,
            BridgeIdentity bridge,
            MuxPortal portal,
            @Nullable ControlName knownName,
            Consumer<ControlName> understood) {
        super(identity, carrier, MuxRole.CLIENT, options, times, TunnelState.ACTIVE);
        this.bridge = bridge;
        this.portal = portal;
        this.account = identity.account();
        this.understood = understood;
        this.tellsVisitor = options.dialect() == MuxDialect.VLESS_REVERSE;
        this.knownForeign = knownName != null;
        this.control = new PortalControl(mux(), tellsVisitor ? ControlName.XRAY : knownName);
        this.spare = new SpareRequest(mux());
        this.stall = new AbandonedStall(this, options.grace().toNanos());
    }

    /** Speaks first, and reads from now on. */
    void start() {
        control.start(this::askForSpare);
        if (tellsVisitor) {
            control.trust(); // who registers by command knows that name and no other
        }
        greet(); // behind the New that every bridge waits for, and before anything is read
        mux().carrier().config().setAutoRead(true);
        up();
        if (knownForeign) {
            settle();
        } else {
            loop().schedule(this::settle, GREETING_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /** Whether visitors may come: it is known what its bridge can do, as far as it will be. */
    boolean isSettled() {
        return settled;
    }

    private void settle() {
        if (!settled) {
            settled = true;
            portal.settled();
        }
    }

    /** A bridge of our make opens as many as it needs, and no visitor can stall it. */
    private void askForSpare() {
        if (mux().isOwnPeer()) {
            spare.end();
            return;
        }
        spare.look(control.borne(), portal.missingForSpare(this));
    }

    /** Whether its bridge may have one more tunnel. */
    boolean allowsAnother() {
        return account == null || account.mayOpenTunnel();
    }

    /**
     * Opens a session for a visitor. On the tunnel's loop.
     *
     * @param roamingName of his datagrams, by which a session in another tunnel gets the same socket; 0 for none
     * @throws MuxException if there is no room or no id left, or its user has as many as he may have
     */
    MuxSession open(Request request, long roamingName) {
        if (replaced) {
            throw new MuxException(MuxException.Reason.SESSION_REFUSED, "its bridge takes no new sessions by it");
        }
        if (account != null && !account.openSession()) {
            throw new MuxException(MuxException.Reason.SESSION_REFUSED, account.refuseSession());
        }
        MuxSession session;
        try {
            session = openCounted(request, roamingName);
        } catch (MuxException e) {
            if (account != null) {
                account.closeSession();
            }
            throw e;
        }
        if (!mux().isOwnPeer() && mux().openedSessions() - spare.opened() > FOREIGN_OPENINGS) {
            drain();
        }
        return session;
    }

    /** No New is sent behind the answer: a bridge that has it, and has no visitor, may go. */
    @Override
    public void drainAsked(MuxConnection connection) {
        replaced = true;
        leaving = true;
        connection.drain();
        drain();
        closeWhenIdle();
    }

    private MuxSession openCounted(Request request, long roamingName) {
        MuxFrame.Visitor visitor = tellsVisitor || mux().isOwnPeer() || portal.isPrivate() ? visitor(request) : null;
        return roamingName != 0 && !tellsVisitor
                ? mux().openRoaming(request.destination(), new MuxFrame.GlobalId(roamingName), visitor)
                : mux().open(request.destination(), visitor);
    }

    /** Its user, if he may have no more sessions, by whatever tunnel; else null. */
    @Nullable
    Account full() {
        return account != null && account.isFull() ? account : null;
    }

    boolean belongsTo(Account other) {
        return other.equals(account);
    }

    private MuxFrame.@Nullable Visitor visitor(Request request) {
        Network network = request.destination().network();
        Destination source = address(network, request.source());
        return source == null ? null : new MuxFrame.Visitor(source, address(network, portal.reached(request)));
    }

    /** IP addresses only: three long names would not fit into a frame, and a name may be none at all. */
    private static @Nullable Destination address(Network network, @Nullable InetSocketAddress address) {
        return address == null || address.isUnresolved() ? null : Destination.of(network, address);
    }

    /** Whose it is, as far as is known by now. */
    BridgeIdentity bridge() {
        return bridge;
    }

    /** Whether both of its directions are known to be open. */
    boolean isProved() {
        return proved;
    }

    /** Whether its bridge may have been started again since it was heard last. */
    boolean isDoubted() {
        return doubted;
    }

    /** Whether its bridge was started again, or will take no new sessions by it for another reason. */
    boolean isReplaced() {
        return replaced;
    }

    /**
     * A bridge has come that may be this one's next start, or another beside it: which, shows in whether this end is
     * heard again. Any thread.
     */
    void doubt() {
        loop().execute(() -> {
            long now = System.nanoTime();
            if (doubtedNanos == 0 || now - doubtedNanos > DOUBT_AGAIN_NANOS) { // many may come at once
                doubtedNanos = now;
                doubted = true;
                mux().ping();
            }
        });
    }

    /** Its bridge was started again, and that start has proved itself: nobody gets this one any more. Any thread. */
    void replace() {
        replaced = true;
        loop().execute(this::drain);
    }

    /** Takes no new sessions if it can be helped; the bridge dials a replacement. On its loop. */
    void drain() {
        if (state() == TunnelState.ACTIVE) {
            on(TunnelState.Event.DRAIN);
            spare.end();
            control.drain();
            closeWhenIdle();
        }
    }

    /** How many visitors it serves. */
    int visitors() {
        return Math.max(0, mux().openSessions() - control.openSessions() - spare.open());
    }

    @Override
    public void greeted(MuxConnection connection) {
        control.trust();
        MuxHello peer = connection.peer();
        if (peer != null) {
            BridgeIdentity before = bridge;
            bridge = before.saying(peer.node(), peer.startedAt());
            portal.introduced(this, before);
            if (portal.isOutdated(this)) {
                replace();
                return;
            }
            connection.ping(); // whose answer proves that both directions are open
        }
        settle();
    }

    @Override
    public void pong(MuxConnection connection, long roundTripNanos) {
        if (!proved && connection.isOwnPeer()) {
            proved = true;
            portal.proved(this);
        }
    }

    @Override
    public void heard(MuxConnection connection) {
        super.heard(connection);
        doubted = false;
        if (connection.isOwnPeer() && state() == TunnelState.ACTIVE && wear() > WORN) {
            drain();
        }
    }

    @Override
    public void sessionEnded(MuxSession session) {
        if (spare.owns(session)) {
            spare.ended(session);
            return;
        }
        if (account != null && !control.owns(session)) {
            account.closeSession();
        }
        if (!mux().isOwnPeer()) {
            stall.ended(session);
        }
        EndReason why = session.endReason();
        if (why != null) {
            bridgeSays(session, why);
        }
        control.ended(session);
        if (state() == TunnelState.DRAINING) {
            closeWhenIdle();
        }
        portal.roomMade();
    }

    private void bridgeSays(MuxSession session, EndReason why) {
        if (reasonLines.allows()) {
            log.info(
                    "{}: its bridge ended a session to {}: {}, {}{}",
                    label(),
                    session.destination(),
                    why,
                    session.endText(),
                    reasonLines.note());
        }
    }

    private void closeWhenIdle() {
        if (mux().openSessions() > 0) {
            return;
        }
        if (leaving) { // it waits for that; every frame of its sessions has come, for it is of our make
            mux().carrier().writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(out -> end("drained"));
        } else {
            loop().schedule(
                            () -> {
                                if (mux().openSessions() == 0) {
                                    end("drained");
                                }
                            },
                            LINGER_MILLIS,
                            TimeUnit.MILLISECONDS);
        }
    }

    @Override
    void lost(TunnelState before) {
        ControlName name = control.understood();
        control.stop();
        if (name != null && !tellsVisitor) {
            understood.accept(name);
        }
        portal.lost(this);
    }
}
