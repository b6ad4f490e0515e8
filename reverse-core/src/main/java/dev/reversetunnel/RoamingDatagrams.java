package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.mux.MuxFrame;
import dev.reversetunnel.mux.MuxSession;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * UDP sessions that outlive the mux connection they came by: what one authenticated peer has named by a GlobalID
 * (XUDP). A session with a name that is known gets the association, and so the outgoing socket, of the one before.
 *
 * <p>One table for each peer: whoever else presents the same eight bytes gets an association of his own (Xray's table
 * is one for the whole process). Shared by the loops of the peer's connections, under one lock.
 *
 * <p>Behaves as Xray 26.3 does: a name that is attached already is moved, the old session gets an End; after an End the
 * association stays for a minute, and a few answers wait in it.
 *
 * @see <a href="https://github.com/XTLS/Xray-core/blob/main/common/mux/server.go">common/mux/server.go</a>
 */
final class RoamingDatagrams {
    /** Of our choice, of one peer. */
    static final int MOST = 1_024;

    /** As Xray, whose sweep comes up to a minute later. */
    static final Duration DETACHED = Duration.ofSeconds(60);

    private final ByteBudget memory;
    private final int most;
    private final Duration detached;
    /** In the order of their last attachment. */
    private final Map<Long, RoamingAssociation> table = new LinkedHashMap<>(16, 0.75f, true);

    /** Of one peer, whose answers that wait are a part of this memory. */
    RoamingDatagrams(ByteBudget memory) {
        this(memory, MOST, DETACHED);
    }

    RoamingDatagrams(ByteBudget memory, int most, Duration detached) {
        this.memory = memory;
        this.most = most;
        this.detached = detached;
    }

    /**
     * Takes a session that has just been opened, on its event loop.
     *
     * @param request what it asks for
     * @param session not reading yet
     * @param dispatcher gets it, or, for the first one of a name, an association in its place
     */
    void accept(Request request, Channel session, RequestHandler dispatcher) {
        MuxFrame.GlobalId name = session instanceof MuxSession mux ? mux.globalId() : null;
        if (name == null || name.value() == 0) {
            dispatcher.handle(request, session);
            return;
        }
        RoamingAssociation known;
        RoamingAssociation surplus = null;
        boolean first;
        synchronized (table) {
            known = table.get(name.value());
            first = known == null || !known.isOpen();
            if (known == null || !known.isOpen()) {
                surplus = table.size() >= most ? oldest() : null;
                known = new RoamingAssociation(session.eventLoop(), detached, memory);
                table.put(name.value(), known);
            }
        }
        if (surplus != null) {
            surplus.close();
        }
        if (first) {
            RoamingAssociation opened = known;
            opened.channel().closeFuture().addListener(closed -> forget(name.value(), opened));
            dispatcher.handle(request, opened.channel());
        }
        known.attach((MuxSession) session);
    }

    /** The one to make room: out of those that nobody is attached to, if there is any. Under the lock. */
    private RoamingAssociation oldest() {
        Iterator<RoamingAssociation> all = table.values().iterator();
        RoamingAssociation oldest = all.next();
        for (RoamingAssociation each : List.copyOf(table.values())) {
            if (!each.isAttached()) {
                oldest = each;
                break;
            }
        }
        table.values().remove(oldest);
        return oldest;
    }

    private void forget(long name, RoamingAssociation closed) {
        synchronized (table) {
            table.remove(name, closed);
        }
    }

    /** How many there are, attached or not. */
    int size() {
        synchronized (table) {
            return table.size();
        }
    }
}
