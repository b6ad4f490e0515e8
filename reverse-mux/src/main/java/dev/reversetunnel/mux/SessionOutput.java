package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/** What a session writes: its New, its payload in turns of its connection, as far as it has credit, and its end. */
final class SessionOutput {
    /** A peer without the extension takes everything. */
    static final long UNLIMITED = Long.MAX_VALUE;

    private final MuxSession session;
    private final WriteTurns turns;
    private final boolean opener;
    private long credit;
    private boolean announced;
    private boolean waiting;
    private boolean severalTargets;
    private boolean shutdown;
    private boolean ended;

    // Netty throws the outbound buffer away before doClose(), and a promise is told before its bytes are taken off the
    // count.
    private long bytesGiven;
    private long bytesOut;

    SessionOutput(MuxSession session, WriteTurns turns, boolean opener, long credit) {
        this.session = session;
        this.turns = turns;
        this.opener = opener;
        this.credit = credit;
        this.announced = !opener;
    }

    /** Whether the other side knows the session: its New has gone out, or came in. */
    boolean isAnnounced() {
        return announced;
    }

    /** Whether the application has ended it. */
    boolean isShutdown() {
        return shutdown;
    }

    /** Whether the other side was told that no more comes, and something may come from there. */
    boolean isEnded() {
        return ended;
    }

    /** Whether all that was given went out. */
    boolean isComplete() {
        return bytesGiven == bytesOut;
    }

    long bytesOut() {
        return bytesOut;
    }

    boolean isWaiting() {
        return waiting;
    }

    /** The application wrote a message. */
    void given(Object message) {
        bytesGiven += MuxSession.length(message);
    }

    /** The other side grants more. */
    void credit(long bytes) {
        boolean none = credit <= 0;
        credit = bytes > UNLIMITED - credit ? UNLIMITED : credit + bytes;
        if (none && credit > 0) {
            turns.ready(session);
        }
    }

    /** Nothing more will be written: tells so behind what was. */
    void shutdown() {
        shutdown = true;
        ChannelOutboundBuffer out = session.unsafe().outboundBuffer();
        if (out != null) {
            out.addFlush(); // what was written belongs before the end
        }
        turns.ready(session);
    }

    /** The end was told, or there is nobody left to tell. */
    void ended() {
        ended = true;
    }

    /** Whether the session was not waiting for its turn yet; from now on it is. */
    boolean waitForTurn() {
        boolean first = !waiting;
        waiting = true;
        return first;
    }

    /** Succeeds, as a write to a socket does whose other end has closed: the end of the input comes first. */
    static void discard(ChannelOutboundBuffer out) {
        while (out.current() != null) {
            out.remove();
        }
    }

    /**
     * Writes until the budget is spent.
     *
     * @return whether there is more, for another turn
     */
    boolean takeTurn(int budget) {
        waiting = false;
        ChannelOutboundBuffer out = session.unsafe().outboundBuffer();
        if (out == null || session.input().isOver()) {
            return false;
        }
        int left = budget;
        Object message = out.current();
        while (message != null && left > 0) {
            // Netty puts an empty buffer in the place of a write that was cancelled, whatever it was.
            if (message instanceof Datagram datagram) {
                left -= writeDatagram(out, datagram);
            } else if (credit > 0 || !((ByteBuf) message).isReadable()) {
                left -= writeBytes(out, (ByteBuf) message);
            } else {
                break; // goes on when credit comes
            }
            if (isGone()) {
                return false; // closed by a promise's listener, or from inside of a write to the carrier
            }
            message = out.current();
        }
        if (!announced) {
            announce();
        }
        if (message != null) {
            return left <= 0 && waitForTurn();
        }
        if (shutdown) {
            session.outputIsOut();
        }
        return false;
    }

    /** Whether nothing of what was written is there any more. */
    private boolean isGone() {
        return !session.isOpen() || session.input().isOver();
    }

    private void announce() {
        announced = true;
        introduce();
        // No GlobalID: without data, nobody reads it.
        turns.write(new MuxFrame.New(
                session.sessionId(), options(0), session.destination(), visitorInNew(), null, Unpooled.EMPTY_BUFFER));
        session.connection().begin(session);
    }

    /** Says on whose behalf the New that follows is, where that has no place for it. */
    private void introduce() {
        Visitor visitor = session.visitor();
        if (visitor != null && !isReverse()) {
            turns.writeBefore(new MuxRecord.Visiting(visitor).frame(session.sessionId(), session.alloc()));
        }
    }

    private @Nullable Visitor visitorInNew() {
        return isReverse() ? session.visitor() : null;
    }

    private boolean isReverse() {
        return session.connection().options().dialect() == MuxDialect.VLESS_REVERSE;
    }

    private int options(int others) {
        return session.isExtended() ? others | MuxFrame.EXTENDED : others;
    }

    private int writeBytes(ChannelOutboundBuffer out, ByteBuf bytes) {
        int readable = bytes.readableBytes();
        int length = (int) Math.min(
                credit, Math.min(readable, session.connection().options().maxFramePayload()));
        bytesOut += length;
        if (length == 0) {
            out.remove();
            return 0;
        }
        if (credit != UNLIMITED) {
            credit -= length;
        }
        boolean first = !announced;
        boolean all = length == readable;
        ByteBuf payload = all ? bytes.retain() : bytes.retainedSlice(bytes.readerIndex(), length);
        if (first) {
            turns.write(frame(null, payload));
        } else {
            turns.writeStream(session.sessionId(), payload);
        }
        if (isGone()) {
            return length;
        }
        if (all) {
            out.remove();
        } else {
            out.removeBytes(length);
        }
        if (first) {
            session.connection().begin(session);
        }
        return length;
    }

    private int writeDatagram(ChannelOutboundBuffer out, Datagram datagram) {
        int length = datagram.content().readableBytes();
        bytesOut += length;
        boolean elsewhere = opener && !datagram.peer().equals(session.destination());
        MuxConnection connection = session.connection();
        if (length == 0 || length > connection.maxDatagram() || (elsewhere && !connection.readsTargets())) {
            // V2Ray closes the whole tunnel over one that is too large, and delivers one for another target to the
            // session's; an empty one cannot be expressed.
            session.dropped();
            out.remove();
            return 0;
        }
        severalTargets |= elsewhere;
        if (!announced && elsewhere) {
            announce(); // what rides in New is for the session's own target
        }
        // Xray reads where a datagram came from, V2Ray ignores it. An Xray portal gives the target of each datagram.
        Destination address = opener && !severalTargets ? null : datagram.peer();
        turns.write(frame(address, datagram.content().retain()));
        if (!isGone()) {
            out.remove();
        }
        return length;
    }

    private MuxFrame frame(@Nullable Destination packetAddress, ByteBuf payload) {
        int id = session.sessionId();
        if (announced) {
            return new MuxFrame.Keep(id, MuxFrame.DATA, packetAddress, payload);
        }
        announced = true;
        introduce();
        GlobalId globalId = session.globalId();
        return new MuxFrame.New(id, options(MuxFrame.DATA), session.destination(), visitorInNew(), globalId, payload);
    }
}
