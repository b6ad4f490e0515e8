package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connection that carries many sessions: opens, accepts and ends them, hands frames out and takes turns for those
 * who write.
 *
 * <p>The last handler on the carrier's channel; see the package description for the order. All methods but the getters
 * of counters are called on the carrier's event loop.
 *
 * <ul>
 *   <li><b>Ids</b> are never used twice. A side that has used all of its ids opens no more; the owner replaces the
 *       connection long before that.
 *   <li><b>Writing</b>: see {@link WriteTurns}.
 *   <li><b>Slow readers</b>: see {@link SlowReaders}.
 *   <li><b>Errors</b>: one that concerns a session ends that session with End and Error; any other closes the carrier.
 * </ul>
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // counters are written on the event loop only, read by anybody
public final class MuxConnection extends ChannelInboundHandlerAdapter {
    private static final byte[] GREETING = {'R', 'T', 'X', '0'};

    /** Xray's limit, in both roles; the VLESS reverse command is spoken by nobody else. */
    private static final int XRAY_DATAGRAM = 8_192;

    private static final int NOBODY = -1;

    private final Channel carrier;
    private final MuxRole role;
    private final MuxOptions options;
    private final MuxListener listener;
    private final IntObjectMap<MuxSession> sessions = new IntObjectHashMap<>();
    private final List<MuxSession> delivered = new ArrayList<>();
    private final WriteTurns turns;
    private final SlowReaders slowReaders;
    private final UnknownIds unknownIds;
    private final OpeningRate openings;
    private int nextId;
    /** Sessions that the other side has ended, and whose readers have not taken everything yet. */
    private int lingering;

    private boolean failed;
    private boolean closed;
    private volatile boolean ownPeer;
    private volatile int openSessions;
    private volatile int openedSessions;
    private volatile long bytesReceived;
    private volatile long droppedDatagrams;
    private boolean greetedBack;
    /** On whose behalf the next session is opened, if it has this id. */
    private int introducedId = NOBODY;

    private MuxFrame.@Nullable Visitor introduced;

    private MuxConnection(Channel carrier, MuxRole role, MuxOptions options, MuxListener listener) {
        this.carrier = carrier;
        this.role = role;
        this.options = options;
        this.listener = listener;
        this.turns = new WriteTurns(carrier, this::fail);
        this.slowReaders = new SlowReaders(carrier, options, () -> listener.blockedChanged(this), this::tooSlow);
        this.unknownIds = new UnknownIds(System::nanoTime);
        this.openings = new OpeningRate(options.newPerSecond(), System::nanoTime);
        this.nextId = role.firstId();
    }

    /**
     * Puts a mux at the end of a carrier's pipeline. The carrier starts to read when its owner switches
     * {@code autoRead} on; from then on the mux decides when it pauses.
     *
     * @param carrier gives and takes plain bytes, open, not reading yet; called on its event loop
     * @param role which ids this side opens
     * @param options limits
     * @param listener hears of sessions
     * @return the connection
     */
    public static MuxConnection install(Channel carrier, MuxRole role, MuxOptions options, MuxListener listener) {
        MuxConnection connection = new MuxConnection(carrier, role, options, listener);
        carrier.pipeline().addLast(new MuxFrameDecoder(options.dialect()), new MuxFrameEncoder(), connection);
        return connection;
    }

    /**
     * Opens a session. Its New frame goes out with the first bytes written in this turn of the event loop or in the
     * next, or alone at the end of that: who has just come has most likely sent his request already, and one frame
     * costs the peers half of what two do.
     *
     * @param destination what the other side is to connect to
     * @return the session, registered, not reading yet
     * @throws MuxException {@link MuxException.Reason#SESSION_REFUSED} if the connection is closed, or has no id or no
     *     room left
     */
    public MuxSession open(Destination destination) {
        return open(destination, null);
    }

    /**
     * Opens a session and says on whose behalf: in its New by {@link MuxDialect#VLESS_REVERSE}; by
     * {@link MuxDialect#COOL} in a frame before it, which only a side of our own make reads, and others throw away.
     *
     * @param destination what the other side is to connect to
     * @param visitor who asks; null if that is not known, or not to be told
     * @return the session, registered, not reading yet
     * @throws MuxException as {@link #open(Destination)}
     */
    public MuxSession open(Destination destination, MuxFrame.@Nullable Visitor visitor) {
        return open(destination, visitor, null);
    }

    /**
     * Opens a UDP session in the name of a user who may have had one before, on another connection, so that he keeps
     * his outgoing socket (XUDP). {@link MuxDialect#VLESS_REVERSE} cannot carry that.
     *
     * <p>Its New frame goes out with the first datagram, for without data nobody reads the id.
     *
     * @param destination what the other side is to send datagrams to
     * @param globalId names the user; a peer that does not know the mechanism ignores it
     * @param visitor who asks; null if that is not known, or not to be told
     * @return the session, registered, not reading yet
     * @throws MuxException as {@link #open(Destination)}
     */
    public MuxSession openRoaming(
            Destination destination, MuxFrame.GlobalId globalId, MuxFrame.@Nullable Visitor visitor) {
        return open(destination, visitor, globalId);
    }

    private MuxSession open(
            Destination destination, MuxFrame.@Nullable Visitor visitor, MuxFrame.@Nullable GlobalId globalId) {
        if (!canOpen()) {
            throw new MuxException(
                    MuxException.Reason.SESSION_REFUSED,
                    closed
                            ? "the connection is closed"
                            : "open sessions: " + sessions.size() + ", ids left: " + idsLeft()
                                    + " (expected: fewer than " + options.maxSessions() + ", and at least one)");
        }
        boolean reverse = options.dialect() == MuxDialect.VLESS_REVERSE;
        MuxSession session = MuxSession.opening(this, nextId++, destination, visitor, reverse ? null : globalId);
        enter(session);
        if (session.globalId() == null) {
            turns.announceSoon(session);
        }
        return session;
    }

    /**
     * Whether {@link #open} would succeed now.
     *
     * @return true if there is an id and room
     */
    public boolean canOpen() {
        while (nextId <= role.lastId() && unknownIds.wasOpened(nextId)) {
            nextId++; // the other side took one of ours: no id is ever in two sessions
        }
        return !closed && idsLeft() > 0 && sessions.size() < options.maxSessions();
    }

    /**
     * Asks the other side for a sign of life: a Keep with data for an id that is never opened, which every known peer
     * answers with an End. What comes back is told by {@link MuxListener#heard}.
     */
    public void ping() {
        ByteBuf nothing = Unpooled.wrappedBuffer(new byte[1]);
        turns.control(new MuxFrame.Keep(MuxFrame.MAX_SESSION_ID, nothing));
    }

    /**
     * Tells the other side, if it is of our own make, that we are too: a KeepAlive with data for session 0, which all
     * other known peers throw away (V2Ray 4.34 and 5.52, Xray 26.3 and 26.7, in both roles).
     *
     * <p>The payload is the four bytes {@code RTX0}: "I am ReverseTunnel, and speak no extension".
     */
    public void greet() {
        greetedBack = true;
        turns.control(new MuxFrame.KeepAlive(0, MuxFrame.DATA, Unpooled.wrappedBuffer(GREETING)));
    }

    /**
     * Whether the other side has greeted. May be asked by any thread.
     *
     * @return true if it is of our own make
     */
    public boolean isOwnPeer() {
        return ownPeer;
    }

    /**
     * Whether the other side reads the target of each datagram, so that one UDP session serves several. May be asked by
     * any thread. A V2Ray bridge ignores them and would deliver all to the session's first target, and so may an Xray
     * one that is taken for V2Ray's.
     *
     * @return true after the VLESS reverse command, which only Xray speaks, and if the other side is of our own make
     */
    public boolean readsTargets() {
        return options.dialect() == MuxDialect.VLESS_REVERSE || ownPeer;
    }

    /**
     * The largest datagram that the other side bears; larger ones are dropped. Asked on the event loop.
     *
     * @return {@link MuxOptions#maxDatagram()}; 8,192 at least after the VLESS reverse command, 65,535 between two ends
     *     of our own make that have told each other so
     */
    public int maxDatagram() {
        if (ownPeer && greetedBack) {
            return MuxFrame.MAX_PAYLOAD;
        }
        return options.dialect() == MuxDialect.VLESS_REVERSE
                ? Math.max(XRAY_DATAGRAM, options.maxDatagram())
                : options.maxDatagram();
    }

    /**
     * How many datagrams were dropped, of either direction. May be asked by any thread.
     *
     * @return datagrams since the start, of all sessions
     */
    public long droppedDatagrams() {
        return droppedDatagrams;
    }

    /**
     * Whether a slow reader has stopped the reading of the whole connection. New sessions are better opened elsewhere.
     *
     * @return true while nothing is read
     */
    public boolean isBlocked() {
        return slowReaders.isBlocked();
    }

    /**
     * How many sessions are open. May be asked by any thread.
     *
     * @return the number, control sessions included
     */
    public int openSessions() {
        return openSessions;
    }

    /**
     * How many sessions were ever opened, by either side. May be asked by any thread.
     *
     * @return the number, control sessions included
     */
    public int openedSessions() {
        return openedSessions;
    }

    /**
     * How many payload bytes have arrived. May be asked by any thread.
     *
     * @return bytes since the start
     */
    public long bytesReceived() {
        return bytesReceived;
    }

    /**
     * How many payload bytes were given to the carrier. May be asked by any thread.
     *
     * @return bytes since the start
     */
    public long bytesSent() {
        return turns.bytesSent();
    }

    /**
     * How many bytes wait here for readers that do not read. May be asked by any thread.
     *
     * @return bytes
     */
    public int queuedBytes() {
        return slowReaders.queuedBytes();
    }

    /**
     * What the connection runs on.
     *
     * @return the carrier's channel; closing it ends all sessions
     */
    public Channel carrier() {
        return carrier;
    }

    // ---- what arrives ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof MuxFrame frame)) {
            ctx.fireChannelRead(message);
            return;
        }
        if (closed || failed) {
            frame.release();
        } else if (frame instanceof MuxFrame.Keep keep) {
            onKeep(keep);
        } else if (frame instanceof MuxFrame.New open) {
            onNew(ctx, open);
        } else if (frame instanceof MuxFrame.End end) {
            onEnd(end);
        } else {
            onKeepAlive(frame);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        listener.heard(this);
        // A session's handlers may open or end sessions, but they get no frames before this method returns.
        for (int i = 0; i < delivered.size(); i++) {
            delivered.get(i).readComplete();
        }
        delivered.clear();
        slowReaders.afterBurst();
        ctx.fireChannelReadComplete();
    }

    private void onKeep(MuxFrame.Keep keep) {
        MuxSession session = sessions.get(keep.sessionId());
        if (session != null) {
            if (!keep.payload().isReadable()) {
                countIdle();
            }
            deliver(session, keep.packetAddress(), keep.payload());
            return;
        }
        boolean hasData = keep.hasData();
        keep.release();
        if (neverOpened(keep.sessionId()) && keep.sessionId() != MuxFrame.MAX_SESSION_ID) {
            countIdle();
        }
        if (hasData && unknownIds.deservesAnswer(keep.sessionId())) {
            // Peers answer each such frame, and so make storms: we answer once in a while.
            turns.control(new MuxFrame.End(keep.sessionId(), false));
        }
    }

    private void onNew(ChannelHandlerContext ctx, MuxFrame.New open) {
        if (openings.exceeds()) {
            openings.delay(carrier, () -> carrier.config().setAutoRead(!isBlocked()));
            listener.openingsDelayed(this);
        }
        int id = open.sessionId();
        MuxSession existing = sessions.get(id);
        if (existing != null) {
            open.release();
            tell(MuxException.Reason.SESSION_EXISTS, "New for session " + id + ": open already");
            existing.reset();
            return;
        }
        if (id == MuxFrame.MAX_SESSION_ID || sessions.size() + lingering >= options.maxSessions()) {
            refuse(open);
            tell(
                    MuxException.Reason.SESSION_REFUSED,
                    "New for session " + id + ": " + (sessions.size() + lingering) + " are open (expected: fewer than "
                            + options.maxSessions() + ", and an id below " + MuxFrame.MAX_SESSION_ID + ")");
            return;
        }
        MuxFrame.Visitor visitor = introducedId == id ? introduced : open.visitor();
        introducedId = NOBODY;
        MuxSession session = MuxSession.accepted(this, id, open.destination(), visitor, open.globalId());
        if (!accepts(ctx, session)) {
            session.discard();
            refuse(open);
            return;
        }
        unknownIds.opened(id);
        enter(session);
        try {
            listener.sessionOpened(session);
        } catch (RuntimeException e) { // concerns nobody but this session
            session.reset();
            ctx.fireExceptionCaught(e);
        }
        deliver(session, null, open.payload());
    }

    private boolean accepts(ChannelHandlerContext ctx, MuxSession session) {
        try {
            return listener.acceptSession(session);
        } catch (RuntimeException e) { // concerns nobody but this session
            ctx.fireExceptionCaught(e);
            return false;
        }
    }

    private void refuse(MuxFrame.New open) {
        open.release();
        // What its sender had under way for it is no flood.
        unknownIds.opened(open.sessionId());
        turns.control(new MuxFrame.End(open.sessionId(), true));
    }

    private void onEnd(MuxFrame.End end) {
        end.release();
        MuxSession session = sessions.get(end.sessionId());
        if (session == null) {
            if (neverOpened(end.sessionId()) && end.sessionId() != MuxFrame.MAX_SESSION_ID) {
                countIdle();
            }
            return;
        }
        leave(session);
        if (session.isAnnounced()) {
            turns.control(new MuxFrame.End(end.sessionId(), end.isError()));
        }
        lingering++;
        session.endReceived(end.isError());
    }

    private void onKeepAlive(MuxFrame frame) {
        boolean greeting =
                frame.sessionId() == 0 && ByteBufUtil.equals(frame.payload(), Unpooled.wrappedBuffer(GREETING));
        MuxFrame.Visitor visitor = ownPeer && frame.sessionId() != 0 ? VisitorRecord.read(frame.payload()) : null;
        frame.release();
        if (greeting && !ownPeer) {
            ownPeer = true;
            listener.greeted(this);
        } else if (visitor != null && introducedId == NOBODY) { // the New that follows is for him
            introducedId = frame.sessionId();
            introduced = visitor;
        } else {
            countIdle();
        }
    }

    private void deliver(MuxSession session, @Nullable Destination packetAddress, ByteBuf payload) {
        int length = payload.readableBytes();
        if (length == 0) {
            payload.release();
            return;
        }
        bytesReceived += length;
        if (session.deliver(packetAddress, payload)) {
            delivered.add(session);
        }
    }

    private void tell(MuxException.Reason reason, String message) {
        listener.protocolError(this, new MuxException(reason, message));
    }

    private void countIdle() {
        if (unknownIds.isFlood()) {
            fail(new MuxException(
                    MuxException.Reason.FLOOD,
                    "frames without progress: more than " + UnknownIds.MAX_IDLE_FRAMES + " in a second"));
        }
    }

    private boolean neverOpened(int id) {
        return (id < role.firstId() || id >= nextId) && !unknownIds.wasOpened(id);
    }

    // ---- sessions ----

    private void enter(MuxSession session) {
        sessions.put(session.sessionId(), session);
        openSessions = sessions.size();
        openedSessions++;
        carrier.eventLoop().register(session);
    }

    private void leave(MuxSession session) {
        if (session.equals(sessions.get(session.sessionId()))) {
            sessions.remove(session.sessionId());
            openSessions = sessions.size();
            listener.sessionEnded(session);
        }
    }

    /** The session was closed on our side: says so to the other one, unless that has ended it already. */
    void closed(MuxSession session, boolean error) {
        boolean open = session.equals(sessions.get(session.sessionId()));
        leave(session);
        if (session.isInputShutdown()) {
            lingering--;
        }
        if (open && !closed && session.isAnnounced()) {
            turns.control(new MuxFrame.End(session.sessionId(), error));
        }
    }

    private void tooSlow(MuxSession session, String what) {
        listener.protocolError(
                this,
                new MuxException(
                        MuxException.Reason.TOO_SLOW,
                        "session " + session.sessionId() + ": its reader " + what
                                + "; ended, so that the others go on"));
        session.reset();
    }

    private int idsLeft() {
        return role.lastId() - nextId + 1;
    }

    // ---- the carrier ----

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        turns.take();
        ctx.fireChannelWritabilityChanged();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof MuxException broken) {
            fail(broken);
        } else if (!closed && !failed && (carrier.isOpen() || !(cause instanceof ClosedChannelException))) {
            // Each write that a closed carrier cannot make any more says so; none of them is why it was closed.
            failed = true;
            listener.carrierFailed(this, cause);
            carrier.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            carrier.close(); // sessions need both directions
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        lose();
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        lose();
    }

    private void fail(MuxException cause) {
        if (!closed && !failed) {
            failed = true;
            listener.protocolError(this, cause);
            carrier.close();
        }
    }

    private void lose() {
        if (closed) {
            return;
        }
        closed = true;
        turns.close();
        slowReaders.close();
        for (MuxSession session : List.copyOf(sessions.values())) {
            leave(session);
            session.connectionLost();
        }
        listener.connectionClosed(this);
    }

    // ---- for sessions ----

    void datagramDropped() {
        droppedDatagrams++;
        listener.datagramDropped(this);
    }

    EventLoop eventLoop() {
        return carrier.eventLoop();
    }

    MuxOptions options() {
        return options;
    }

    WriteTurns turns() {
        return turns;
    }

    SlowReaders slowReaders() {
        return slowReaders;
    }
}
