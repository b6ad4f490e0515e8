package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One connection that carries many sessions: opens, accepts and ends them, hands frames out and takes turns for those
 * who write.
 *
 * <p>The last handler on the carrier's channel; see the package description for the order. All methods but the getters
 * of counters are called on the carrier's event loop.
 *
 * <ul>
 *   <li><b>Ids</b>: see {@link OwnIds}. A side that has used all of its ids opens no more; towards a foreign peer the
 *       owner replaces the connection long before that.
 *   <li><b>Writing</b>: see {@link WriteTurns}.
 *   <li><b>Slow readers</b>: see {@link SlowReaders} for foreign peers, {@link CreditedReaders} for our own.
 *   <li><b>The extension</b> is offered by {@link #hello} and used when the other side has offered it, too.
 *   <li><b>Errors</b>: one that concerns a session ends that session with End and Error; any other closes the carrier.
 * </ul>
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // counters are written on the event loop only, read by anybody
public final class MuxConnection extends ChannelInboundHandlerAdapter {
    /** Xray's limit, in both roles; the VLESS reverse command is spoken by nobody else. */
    private static final int XRAY_DATAGRAM = 8_192;

    private static final int NOBODY = -1;

    private final Channel carrier;
    private final MuxOptions options;
    private final MuxListener listener;
    private final IntObjectMap<MuxSession> sessions = new IntObjectHashMap<>();
    private final List<MuxSession> delivered = new ArrayList<>();
    private final WriteTurns turns;
    private final MuxExtension extension;
    private final SlowReaders slowReaders;
    private final CreditedReaders creditedReaders;
    private final LateDatagrams lateDatagrams;
    private final OwnIds ownIds;
    private final UnknownIds unknownIds;
    private final OpeningRate openings;
    /** Sessions that the other side has ended, and whose readers have not taken everything yet. */
    private int lingering;

    private boolean failed;
    private volatile boolean closed;
    private volatile int openSessions;
    private volatile int openedSessions;
    private volatile long bytesReceived;
    private volatile long droppedDatagrams;
    /** On whose behalf the next session is opened, if it has this id. */
    private int introducedId = NOBODY;

    private MuxFrame.@Nullable Visitor introduced;

    private MuxConnection(
            Channel carrier, MuxRole role, MuxOptions options, MuxListener listener, LongSupplier nanoTime) {
        this.carrier = carrier;
        this.options = options;
        this.listener = listener;
        this.turns = new WriteTurns(carrier, this::fail);
        this.slowReaders = new SlowReaders(carrier, options, () -> listener.blockedChanged(this), this::tooSlow);
        this.extension = new MuxExtension(turns, carrier.alloc(), nanoTime);
        this.creditedReaders = new CreditedReaders(options, nanoTime, extension::roundTripNanos, turns, this::tooMuch);
        this.lateDatagrams = new LateDatagrams(options);
        this.ownIds = new OwnIds(role);
        this.unknownIds = new UnknownIds(nanoTime);
        this.openings = new OpeningRate(options.newPerSecond(), nanoTime);
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
        return install(carrier, role, options, listener, System::nanoTime);
    }

    static MuxConnection install(
            Channel carrier, MuxRole role, MuxOptions options, MuxListener listener, LongSupplier nanoTime) {
        MuxConnection connection = new MuxConnection(carrier, role, options, listener, nanoTime);
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
        int id = canOpen() ? ownIds.take(unknownIds) : OwnIds.NONE;
        if (id == OwnIds.NONE) {
            throw new MuxException(
                    MuxException.Reason.SESSION_REFUSED,
                    closed
                            ? "the connection is closed"
                            : "open sessions: " + sessions.size() + ", ids left: " + ownIds.left()
                                    + " (expected: fewer than " + options.maxSessions() + ", and at least one)");
        }
        boolean reverse = options.dialect() == MuxDialect.VLESS_REVERSE;
        MuxSession session =
                MuxSession.opening(this, id, destination, visitor, reverse ? null : globalId, extension.isOn());
        enter(session);
        if (session.globalId() == null) {
            turns.announceSoon(session);
        }
        return session;
    }

    /**
     * Whether {@link #open} would succeed now. May be asked by any thread, which may be too late when it opens.
     *
     * @return true if there is an id and room
     */
    public boolean canOpen() {
        return !closed && ownIds.left() > 0 && openSessions < options.maxSessions();
    }

    /**
     * Asks the other side for a sign of life. One of our own make is asked by the extension; any other by a Keep with
     * data for an id that is never opened, which every known peer answers with an End. The answer is told by
     * {@link MuxListener#pong}.
     */
    public void ping() {
        extension.ping();
    }

    /**
     * Tells the other side, if it is of our own make, that we are too, and who: a KeepAlive with data for session 0,
     * which all other known peers throw away (V2Ray 4.34 and 5.52, Xray 26.3 and 26.7, in both roles). Once, before
     * anything else but the session that the other side has to see first.
     *
     * @param own who we are, and what the other side may send on each new session
     * @throws IllegalStateException if it was called before
     */
    public void hello(MuxHello own) {
        extension.hello(own);
    }

    /**
     * Who the other side is, if it is of our own make. May be asked by any thread.
     *
     * @return its HELLO; null if none has come
     */
    public @Nullable MuxHello peer() {
        return extension.peer();
    }

    /**
     * Whether the other side is of our own make. May be asked by any thread.
     *
     * @return whether there is a {@link #peer()}
     */
    public boolean isOwnPeer() {
        return extension.peer() != null;
    }

    /**
     * How long the last {@link #ping()} took. May be asked by any thread.
     *
     * @return nanoseconds; negative if none was answered yet
     */
    public long roundTripNanos() {
        return extension.roundTripNanos();
    }

    /**
     * Asks the other side to open no new sessions here, if it is of our own make; to any other this says nothing.
     * Called on the event loop.
     */
    public void drain() {
        extension.drain();
    }

    /**
     * Whether the other side reads the target of each datagram, so that one UDP session serves several. May be asked by
     * any thread. A V2Ray bridge ignores them and would deliver all to the session's first target, and so may an Xray
     * one that is taken for V2Ray's.
     *
     * @return true after the VLESS reverse command, which only Xray speaks, and if the other side is of our own make
     */
    public boolean readsTargets() {
        return options.dialect() == MuxDialect.VLESS_REVERSE || isOwnPeer();
    }

    /**
     * The largest datagram that the other side bears; larger ones are dropped. Asked on the event loop.
     *
     * @return {@link MuxOptions#maxDatagram()}; 8,192 at least after the VLESS reverse command, 65,535 between two ends
     *     of our own make that have told each other so
     */
    public int maxDatagram() {
        if (extension.isOn()) {
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
        return slowReaders.queuedBytes() + creditedReaders.queuedBytes() + lateDatagrams.queuedBytes();
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
        boolean ping = keep.sessionId() == MuxFrame.MAX_SESSION_ID;
        if (neverOpened(keep.sessionId()) && !ping) {
            countIdle();
        }
        // Towards our own make an End is the last word of a session, and its id may be in use again.
        if (hasData && (ping || !isOwnPeer()) && unknownIds.deservesAnswer(keep.sessionId())) {
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
        boolean extended = (open.options() & MuxFrame.EXTENDED) != 0 && extension.own() != null;
        if (extended && !extension.isOn()) {
            refuse(open);
            tell(
                    MuxException.Reason.SESSION_REFUSED,
                    "New for session " + id + ": it is extended (expected: after HELLO)");
            return;
        }
        MuxSession session = MuxSession.accepted(this, open, visitor, extended);
        if (!accepts(ctx, session)) {
            session.discard();
            refuse(open);
            return;
        }
        unknownIds.opened(id);
        enter(session);
        begin(session);
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
        int id = end.sessionId();
        MuxSession session = sessions.get(id);
        if (session != null) {
            leave(session);
            if (session.isExtended() && session.isOpener()) {
                ownIds.free(id); // the last word of a session is that of who accepted it
            } else if (session.output().isAnnounced()) {
                turns.control(new MuxFrame.End(id, end.isError()));
            }
            lingering++;
            session.endReceived(end.isError());
        } else if (ownIds.isClosing(id)) {
            ownIds.free(id);
        } else if (id == MuxFrame.MAX_SESSION_ID) {
            if (extension.answered()) {
                listener.pong(this, extension.roundTripNanos());
            }
        } else if (neverOpened(id)) {
            countIdle();
        }
    }

    private void onKeepAlive(MuxFrame frame) {
        int id = frame.sessionId();
        int records = 0;
        try {
            for (MuxRecord record = MuxRecord.read(id, frame.payload());
                    record != null && !failed;
                    record = MuxRecord.read(id, frame.payload())) {
                if (record instanceof MuxRecord.Hello hello) {
                    onHello(hello.hello());
                    records++;
                } else if (isOwnPeer() && onRecord(id, record)) {
                    records++;
                }
            }
        } finally {
            frame.release();
        }
        if (records == 0) {
            countIdle();
        }
    }

    private void onHello(MuxHello hello) {
        if (isOwnPeer()) {
            fail(new MuxException(MuxException.Reason.SECOND_HELLO, "HELLO: a second one (expected: one)"));
            return;
        }
        extension.heard(hello);
        if (extension.isOn()) {
            extension.ping(); // windows grow by the round trip
        }
        listener.greeted(this);
    }

    /** Whether it brought something forward. */
    private boolean onRecord(int id, MuxRecord record) {
        if (record instanceof MuxRecord.Ping ping) {
            if (!unknownIds.deservesAnswer(MuxFrame.MAX_SESSION_ID)) {
                return false;
            }
            extension.pong(ping.token());
        } else if (record instanceof MuxRecord.Pong pong) {
            if (!extension.answered(pong.token())) {
                return false;
            }
            listener.pong(this, extension.roundTripNanos());
        } else if (record instanceof MuxRecord.Drain) {
            listener.drainAsked(this);
        } else if (record instanceof MuxRecord.Visiting visiting) {
            if (introducedId != NOBODY) {
                return false;
            }
            introducedId = id; // the New that follows is for him
            introduced = visiting.visitor();
        } else {
            MuxSession session = sessions.get(id);
            if (session == null) {
                return !neverOpened(id); // it was under way when the session ended
            }
            return session.isExtended() && onRecord(session, record);
        }
        return true;
    }

    private static boolean onRecord(MuxSession session, MuxRecord record) {
        if (record instanceof MuxRecord.Credit credit) {
            session.output().credit(credit.bytes());
            return credit.bytes() > 0;
        }
        if (record instanceof MuxRecord.Reason why) {
            session.told(why.reason(), why.text());
        } else {
            session.finReceived();
        }
        return true;
    }

    private void deliver(MuxSession session, @Nullable Destination packetAddress, ByteBuf payload) {
        int length = payload.readableBytes();
        if (length == 0) {
            payload.release();
            return;
        }
        bytesReceived += length;
        if (!session.mayReceive(length)) {
            payload.release();
            tell(
                    MuxException.Reason.CREDIT_EXCEEDED,
                    "session " + session.sessionId() + ": " + length + " bytes (expected: no more than was granted)");
            session.reset();
            return;
        }
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
        return !ownIds.wasTaken(id) && !unknownIds.wasOpened(id);
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

    /** The other side knows the session, and may be told of credit. */
    void begin(MuxSession session) {
        ReceiveWindow window = session.window();
        if (window != null) {
            creditedReaders.begin(session, window);
        }
    }

    /** The session was closed on our side: says so to the other one, unless that has ended it already. */
    void closed(MuxSession session, boolean error) {
        if (session.input().isOver()) {
            lingering--;
        }
        end(session, error);
    }

    /** Both directions of an extended session have ended, while its last bytes may still wait for their reader. */
    void finished(MuxSession session) {
        end(session, false);
        lingering++;
    }

    private void end(MuxSession session, boolean error) {
        int id = session.sessionId();
        boolean open = session.equals(sessions.get(id));
        leave(session);
        if (!open || closed) {
            return;
        }
        boolean announced = session.output().isAnnounced();
        if (announced) {
            turns.control(new MuxFrame.End(id, error));
        }
        if (session.isExtended() && session.isOpener()) {
            if (announced) {
                ownIds.closing(id);
            } else {
                ownIds.free(id);
            }
        }
    }

    private void tooMuch(MuxSession session) {
        listener.protocolError(
                this,
                new MuxException(
                        MuxException.Reason.TOO_SLOW,
                        "session " + session.sessionId() + ": its reader left " + session.queuedBytes()
                                + " bytes, and there is no memory left to keep them; ended, so that the others go on"));
        session.reset(EndReason.TOO_SLOW, "no memory left for what its reader does not take");
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

    /** Who answers for what the session queues. */
    InboundBudget budgetOf(MuxSession session) {
        if (session.isPacket()) {
            return lateDatagrams;
        }
        return session.isExtended() ? creditedReaders : slowReaders;
    }

    ReceiveWindow newWindow() {
        MuxHello own = extension.own();
        return creditedReaders.window(own == null ? 0 : own.credit());
    }

    long firstCredit() {
        MuxHello peer = extension.peer();
        return peer == null ? 0 : peer.credit();
    }
}
