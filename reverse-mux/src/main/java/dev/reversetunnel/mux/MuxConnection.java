package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.channels.ClosedChannelException;
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

    private final Channel carrier;
    private final MuxOptions options;
    private final MuxListener listener;
    private final WriteTurns turns;
    private final MuxExtension extension;
    private final SlowReaders slowReaders;
    private final CreditedReaders creditedReaders;
    private final CarrierReading reading;
    private final MuxFrameEncoder encoder = new MuxFrameEncoder();
    private final MuxFrameDecoder decoder;
    private final LateDatagrams lateDatagrams;
    private final OwnIds ownIds;
    private final UnknownIds unknownIds;
    private final SessionTable sessions;
    private final Arrivals arrivals;
    private boolean failed;
    private volatile long droppedDatagrams;

    private MuxConnection(
            Channel carrier, MuxRole role, MuxOptions options, MuxListener listener, LongSupplier nanoTime) {
        this.carrier = carrier;
        this.options = options;
        this.listener = listener;
        this.turns = new WriteTurns(carrier, encoder, this::fail);
        this.reading = new CarrierReading(carrier);
        this.slowReaders = new SlowReaders(
                carrier.eventLoop(), reading, options, () -> listener.blockedChanged(this), this::tooSlow);
        this.extension = new MuxExtension(turns, carrier.alloc(), nanoTime);
        this.creditedReaders = new CreditedReaders(options, nanoTime, extension::roundTripNanos, turns, this::tooMuch);
        this.lateDatagrams = new LateDatagrams(options);
        this.ownIds = new OwnIds(role);
        this.unknownIds = new UnknownIds(nanoTime);
        this.sessions = new SessionTable(listener, carrier.eventLoop(), turns, ownIds);
        this.arrivals = new Arrivals(this, listener, sessions, ownIds, turns, extension, unknownIds, nanoTime);
        this.decoder = new MuxFrameDecoder(options.dialect(), new FrameTurns(reading, nanoTime), arrivals);
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
        carrier.pipeline().addLast(connection.decoder, connection.encoder, connection);
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
                    sessions.isClosed()
                            ? "the connection is closed"
                            : "open sessions: " + sessions.openSessions() + ", ids left: " + ownIds.left()
                                    + " (expected: fewer than " + options.maxSessions() + ", and at least one)");
        }
        boolean reverse = options.dialect() == MuxDialect.VLESS_REVERSE;
        MuxSession session =
                MuxSession.opening(this, id, destination, visitor, reverse ? null : globalId, extension.isOn());
        sessions.enter(session);
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
        return !sessions.isClosed() && ownIds.left() > 0 && sessions.openSessions() < options.maxSessions();
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
     * which all other known peers throw away (V2Ray 4.34 and 5.52, Xray 26.3 and 26.7, in both roles). Once, behind
     * what was written to sessions already, and before anything is read.
     *
     * @param own who we are, and what the other side may send on each new session
     * @throws IllegalStateException if it was called before
     */
    public void hello(MuxHello own) {
        turns.take(); // what was written before stands before it
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
        return sessions.openSessions();
    }

    /**
     * How many sessions were ever opened, by either side. May be asked by any thread.
     *
     * @return the number, control sessions included
     */
    public int openedSessions() {
        return sessions.openedSessions();
    }

    /**
     * How many payload bytes have arrived. May be asked by any thread.
     *
     * @return bytes since the start
     */
    public long bytesReceived() {
        return arrivals.bytesReceived();
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
     * How many payload bytes were given to the carrier for the open stream that has sent most; datagrams do not count.
     * On the event loop.
     *
     * @return bytes since that session was opened; 0 if none is open
     */
    public long mostSent() {
        return sessions.mostSent();
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
        if (isLost()) {
            frame.release();
        } else {
            arrivals.take(ctx, frame);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        listener.heard(this);
        arrivals.readComplete();
        slowReaders.afterBurst();
        ctx.fireChannelReadComplete();
    }

    /** The other side knows the session, and may be told of credit. */
    void begin(MuxSession session) {
        ReceiveWindow window = session.window();
        if (window != null) {
            creditedReaders.begin(session, window);
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
        } else if (!isLost() && (carrier.isOpen() || !(cause instanceof ClosedChannelException))) {
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

    /** Whether nothing that comes concerns anybody any more. */
    boolean isLost() {
        return failed || sessions.isClosed();
    }

    void fail(MuxException cause) {
        if (!isLost()) {
            failed = true;
            decoder.stop(); // there may be thousands more of it
            listener.protocolError(this, cause);
            carrier.close();
        }
    }

    private void lose() {
        if (sessions.isClosed()) {
            return;
        }
        turns.close();
        slowReaders.close();
        sessions.close();
        listener.connectionClosed(this);
    }

    // ---- for sessions ----

    void datagramDropped() {
        droppedDatagrams++;
        listener.datagramDropped(this);
    }

    MuxOptions options() {
        return options;
    }

    CarrierReading reading() {
        return reading;
    }

    WriteTurns turns() {
        return turns;
    }

    SessionTable sessions() {
        return sessions;
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
