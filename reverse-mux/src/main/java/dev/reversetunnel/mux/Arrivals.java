package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** What arrives on a connection: frames for its sessions, and records for the connection itself. */
@SuppressWarnings("NonAtomicVolatileUpdate") // counted on the event loop only, read by anybody
final class Arrivals {
    private static final int NOBODY = -1;

    private final MuxConnection connection;
    private final MuxOptions options;
    private final MuxListener listener;
    private final SessionTable sessions;
    private final OwnIds ownIds;
    private final WriteTurns turns;
    private final MuxExtension extension;
    private final UnknownIds unknownIds;
    private final OpeningRate openings;
    private final List<MuxSession> delivered = new ArrayList<>();
    private volatile long bytesReceived;
    /** On whose behalf the next session is opened, if it has this id. */
    private int introducedId = NOBODY;

    private MuxFrame.@Nullable Visitor introduced;

    Arrivals(
            MuxConnection connection,
            MuxListener listener,
            SessionTable sessions,
            OwnIds ownIds,
            WriteTurns turns,
            MuxExtension extension,
            UnknownIds unknownIds,
            LongSupplier nanoTime) {
        this.connection = connection;
        this.options = connection.options();
        this.listener = listener;
        this.sessions = sessions;
        this.ownIds = ownIds;
        this.turns = turns;
        this.extension = extension;
        this.unknownIds = unknownIds;
        this.openings = new OpeningRate(options.newPerSecond(), nanoTime);
    }

    long bytesReceived() {
        return bytesReceived;
    }

    /** A frame has come, and belongs to this. */
    void take(ChannelHandlerContext ctx, MuxFrame frame) {
        if (frame instanceof MuxFrame.Keep keep) {
            onKeep(keep);
        } else if (frame instanceof MuxFrame.New open) {
            onNew(ctx, open);
        } else if (frame instanceof MuxFrame.End end) {
            onEnd(end);
        } else {
            onKeepAlive(frame);
        }
    }

    /** Whose bytes need no frame to find their way; null if there is no such session, or it is one of datagrams. */
    @Nullable
    MuxSession stream(int id) {
        MuxSession session = connection.isLost() ? null : sessions.get(id);
        return session == null || session.isPacket() ? null : session;
    }

    /** The next bytes of a stream, which belong to this. */
    void takeStream(MuxSession session, ByteBuf bytes) {
        if (connection.isLost() || !session.isOpen()) { // perhaps since its last bytes
            bytes.release();
        } else {
            deliver(session, null, bytes);
        }
    }

    /** The burst is over. */
    void readComplete() {
        // A session's handlers may open or end sessions, but they get no frames before this method returns.
        for (int i = 0; i < delivered.size(); i++) {
            delivered.get(i).readComplete();
        }
        delivered.clear();
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
        if (hasData && (ping || extension.peer() == null) && unknownIds.deservesAnswer(keep.sessionId())) {
            // Peers answer each such frame, and so make storms: we answer once in a while.
            turns.control(new MuxFrame.End(keep.sessionId(), false));
        }
    }

    private void onNew(ChannelHandlerContext ctx, MuxFrame.New open) {
        if (openings.exceeds()) {
            openings.delay(connection.reading(), connection.carrier().eventLoop());
            listener.openingsDelayed(connection);
        }
        int id = open.sessionId();
        MuxSession existing = sessions.get(id);
        if (existing != null) {
            open.release();
            tell(MuxException.Reason.SESSION_EXISTS, "New for session " + id + ": open already");
            existing.reset();
            return;
        }
        if (id == MuxFrame.MAX_SESSION_ID || (isFull() && !makeRoom(open))) {
            refuse(open);
            tell(
                    MuxException.Reason.SESSION_REFUSED,
                    "New for session " + id + ": " + sessions.held() + " are open (expected: fewer than "
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
        MuxSession session = MuxSession.accepted(connection, open, visitor, extended);
        if (!accepts(ctx, session)) {
            session.discard();
            refuse(open);
            return;
        }
        unknownIds.opened(id);
        sessions.enter(session);
        connection.begin(session);
        try {
            listener.sessionOpened(session);
        } catch (RuntimeException e) { // concerns nobody but this session
            session.reset();
            ctx.fireExceptionCaught(e);
        }
        deliver(session, null, open.payload());
    }

    private boolean isFull() {
        return sessions.held() >= options.maxSessions();
    }

    /** For one more session of datagrams: nobody waits for the end of one that is idle. */
    private boolean makeRoom(MuxFrame.New open) {
        MuxSession idle = open.destination().network() == Network.UDP ? sessions.idlest() : null;
        if (idle == null) {
            return false;
        }
        idle.close();
        listener.associationEvicted(idle);
        return !isFull();
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
            sessions.endReceived(session, end.isError());
        } else if (ownIds.isClosing(id)) {
            ownIds.free(id);
        } else if (id == MuxFrame.MAX_SESSION_ID) {
            if (extension.answered()) {
                listener.pong(connection, extension.roundTripNanos());
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
                    record != null && !connection.isLost();
                    record = MuxRecord.read(id, frame.payload())) {
                if (record instanceof MuxRecord.Hello hello) {
                    onHello(hello.hello());
                    records++;
                } else if (extension.peer() != null && onRecord(id, record)) {
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
        if (extension.peer() != null) {
            connection.fail(new MuxException(MuxException.Reason.SECOND_HELLO, "HELLO: a second one (expected: one)"));
            return;
        }
        extension.heard(hello);
        if (extension.isOn()) {
            extension.ping(); // windows grow by the round trip
        }
        listener.greeted(connection);
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
            listener.pong(connection, extension.roundTripNanos());
        } else if (record instanceof MuxRecord.Drain) {
            listener.drainAsked(connection);
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
            return session.told(why.reason(), why.text());
        }
        return session.finReceived();
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
        if (session.isPacket()) {
            sessions.used(session);
        }
        if (session.deliver(packetAddress, payload)) {
            delivered.add(session);
        }
    }

    private void tell(MuxException.Reason reason, String message) {
        listener.protocolError(connection, new MuxException(reason, message));
    }

    private void countIdle() {
        if (unknownIds.isFlood()) {
            connection.fail(new MuxException(
                    MuxException.Reason.FLOOD,
                    "frames without progress: more than " + UnknownIds.MAX_IDLE_FRAMES + " in a second"));
        }
    }

    private boolean neverOpened(int id) {
        return !ownIds.wasTaken(id) && !unknownIds.wasOpened(id);
    }
}
