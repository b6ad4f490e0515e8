package dev.reversetunnel.mux;

import io.netty.channel.EventLoop;
import io.netty.util.collection.IntObjectHashMap;
import io.netty.util.collection.IntObjectMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The sessions of a connection: which are open, which id is whose, and the last word of each. */
@SuppressWarnings("NonAtomicVolatileUpdate") // written on the event loop only, read by anybody
final class SessionTable {
    private final MuxListener listener;
    private final EventLoop loop;
    private final WriteTurns turns;
    private final OwnIds ownIds;
    private final IntObjectMap<MuxSession> sessions = new IntObjectHashMap<>();
    /** Those of datagrams that the other side has opened, in the order of their last use. */
    private final Map<MuxSession, MuxSession> associations = new LinkedHashMap<>(4, 0.75f, true);
    /** Sessions that are over for the other side, and whose readers have not taken everything yet. */
    private int lingering;

    private volatile boolean closed;
    private volatile int openSessions;
    private volatile int openedSessions;

    SessionTable(MuxListener listener, EventLoop loop, WriteTurns turns, OwnIds ownIds) {
        this.listener = listener;
        this.loop = loop;
        this.turns = turns;
        this.ownIds = ownIds;
    }

    int openSessions() {
        return openSessions;
    }

    int openedSessions() {
        return openedSessions;
    }

    /** Open ones, and those whose last bytes wait for their readers. On the event loop. */
    int held() {
        return sessions.size() + lingering;
    }

    /** Of the open stream that has sent most, how much that is. On the event loop. */
    long mostSent() {
        long most = 0;
        for (MuxSession session : sessions.values()) {
            most = session.isPacket() ? most : Math.max(most, session.bytesSent());
        }
        return most;
    }

    boolean isClosed() {
        return closed;
    }

    @Nullable
    MuxSession get(int id) {
        return sessions.get(id);
    }

    void enter(MuxSession session) {
        openedSessions++; // first: nobody sees more of them open than ever were
        sessions.put(session.sessionId(), session);
        openSessions = sessions.size();
        if (session.isPacket() && !session.isOpener()) {
            associations.put(session, session);
        }
        loop.register(session);
    }

    /** A datagram has come or was written. */
    void used(MuxSession association) {
        associations.get(association);
    }

    /** Of the sessions of datagrams that the other side has opened, the one that was idle for longest. */
    @Nullable
    MuxSession idlest() {
        Iterator<MuxSession> oldest = associations.keySet().iterator();
        return oldest.hasNext() ? oldest.next() : null;
    }

    private void leave(MuxSession session) {
        if (session.equals(sessions.get(session.sessionId()))) {
            sessions.remove(session.sessionId());
            associations.remove(session);
            openSessions = sessions.size();
            listener.sessionEnded(session);
        }
    }

    /** The other side has ended it. */
    void endReceived(MuxSession session, boolean error) {
        int id = session.sessionId();
        leave(session);
        if (session.isExtended() && session.isOpener()) {
            ownIds.free(id); // the last word of a session is that of who accepted it
        } else if (session.output().isAnnounced()) {
            turns.control(new MuxFrame.End(id, error));
        }
        lingering++;
        session.endReceived(error);
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

    /** The carrier is gone: nobody is told any more. */
    void close() {
        closed = true;
        for (MuxSession session : List.copyOf(sessions.values())) {
            leave(session);
            session.connectionLost();
        }
    }
}
