package dev.reversetunnel.mux;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PeerText;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import io.netty.channel.socket.DuplexChannel;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One session of a {@link MuxConnection}: a stream or a UDP association as a Netty channel on the carrier's event loop.
 *
 * <p>A stream gives and takes {@link ByteBuf}s, a UDP session {@link Datagram}s. A datagram is dropped if it is larger
 * than the other side bears, finds the queue full, or is for another target than the session's while the other side may
 * not know that one session can have several. The channel is created with {@code autoRead} off.
 *
 * <p>Ends, as with a socket:
 *
 * <ul>
 *   <li>The other side's End is a {@link ChannelInputShutdownEvent} behind the last bytes; then the channel closes, for
 *       End is final in both directions.
 *   <li>An End with Error, or the loss of the carrier, closes the channel without that event: it was reset.
 *   <li>{@link #close()} sends End when everything that was written is out, else End with Error; with {@code SO_LINGER}
 *       0 always End with Error.
 *   <li>In an {@linkplain #isExtended() extended} session, {@link #shutdownOutput()} ends one direction, as TCP has it.
 *       The other side sees the same event, and its channel stays open for its own output, unless
 *       {@code ALLOW_HALF_CLOSURE} (on by default here) was switched off: then it closes.
 *   <li>{@link #shutdownOutput()} cannot be told to a foreign peer: the side that opened the session holds its End back
 *       until the other one ends, so that the answer still comes through; the side that accepted it sends End, since
 *       nothing of what would come could be answered any more.
 * </ul>
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // counted on the event loop only, read by anybody
public final class MuxSession extends AbstractChannel implements DuplexChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private final MuxConnection connection;
    private final int id;
    private final Destination destination;
    private final MuxFrame.@Nullable Visitor visitor;
    private final MuxFrame.@Nullable GlobalId globalId;
    private final boolean opener;
    private final boolean extended;
    private final SocketAddress address;
    private final MuxSessionConfig config;
    private final @Nullable ReceiveWindow window;
    private final SessionInput input;
    private final SessionOutput output;
    private volatile long droppedDatagrams;
    private boolean told;
    private @Nullable EndReason endReason;
    private String endText = "";
    private volatile boolean open = true;

    private MuxSession(
            MuxConnection connection,
            int id,
            Destination destination,
            MuxFrame.@Nullable Visitor visitor,
            MuxFrame.@Nullable GlobalId globalId,
            boolean opener,
            boolean extended) {
        super(connection.carrier());
        this.connection = connection;
        this.id = id;
        this.destination = destination;
        this.visitor = visitor;
        this.globalId = globalId;
        this.opener = opener;
        this.extended = extended;
        this.address = new MuxSessionAddress(id);
        this.window = extended && !isPacket() ? connection.newWindow() : null;
        this.input = new SessionInput(this, connection.budgetOf(this));
        this.output = new SessionOutput(
                this, connection.turns(), opener, window == null ? SessionOutput.UNLIMITED : connection.firstCredit());
        this.config = new MuxSessionConfig(this, connection.carrier().config().getAllocator(), this::autoReadCleared);
    }

    static MuxSession opening(
            MuxConnection connection,
            int id,
            Destination destination,
            MuxFrame.@Nullable Visitor visitor,
            MuxFrame.@Nullable GlobalId globalId,
            boolean extended) {
        return new MuxSession(connection, id, destination, visitor, globalId, true, extended);
    }

    static MuxSession accepted(
            MuxConnection connection, MuxFrame.New open, MuxFrame.@Nullable Visitor visitor, boolean extended) {
        return new MuxSession(
                connection, open.sessionId(), open.destination(), visitor, open.globalId(), false, extended);
    }

    /**
     * The id on the wire.
     *
     * @return 0 to 65535
     */
    public int sessionId() {
        return id;
    }

    /**
     * What the side that accepts the session is asked to connect to.
     *
     * @return network, host and port as they were sent
     */
    public Destination destination() {
        return destination;
    }

    /**
     * On whose behalf the session was opened.
     *
     * @return the visitor; null if the other side has not told it
     */
    public MuxFrame.@Nullable Visitor visitor() {
        return visitor;
    }

    /**
     * The name of the UDP user across connections.
     *
     * @return the id; null if there is none
     */
    public MuxFrame.@Nullable GlobalId globalId() {
        return globalId;
    }

    /**
     * The connection that carries the session.
     *
     * @return the connection
     */
    public MuxConnection connection() {
        return connection;
    }

    /**
     * Whether both sides speak the extension on this session: half-close, and credit instead of stalls. Decided when it
     * is opened, and for its life.
     *
     * @return true if it is
     */
    public boolean isExtended() {
        return extended;
    }

    /**
     * How many bytes wait for a reader. Asked on the event loop.
     *
     * @return bytes
     */
    public int queuedBytes() {
        return input.queuedBytes();
    }

    /**
     * How many payload bytes were given to the carrier. On the event loop.
     *
     * @return bytes since the session was opened
     */
    public long bytesSent() {
        return output.bytesOut();
    }

    /**
     * How many datagrams were dropped, of either direction. May be asked by any thread.
     *
     * @return datagrams since the start
     */
    public long droppedDatagrams() {
        return droppedDatagrams;
    }

    /**
     * Whether {@link #shutdownOutput()} is kept from the other side until that ends the session itself.
     *
     * @return true if this side opened the session and it is not extended: its End would take the answer away
     */
    public boolean holdsEndBack() {
        return opener && !extended;
    }

    /**
     * Why the other side has ended the session with an error, as far as it has said so. Asked on the event loop.
     *
     * @return the reason; null if it gave none, or one of a later edition
     */
    public @Nullable EndReason endReason() {
        return endReason;
    }

    /**
     * The words for {@link #endReason()}, written by the other side and made fit for a log.
     *
     * @return see {@link PeerText#line}; empty if there are none
     */
    public String endText() {
        return endText;
    }

    /** Ends the session with an error, as {@code SO_LINGER} 0 and close do. */
    public void reset() {
        config.setSoLinger(0);
        close();
    }

    /**
     * Ends the session with an error and tells the other side why, if it is of our own make. Called on the event loop.
     *
     * @param reason why
     * @param text for people there; nothing secret, cut to 256 bytes of UTF-8
     */
    public void reset(EndReason reason, String text) {
        explain(reason, text);
        reset();
    }

    /**
     * Tells the other side, if it is of our own make, why the session is about to end with an error. Called on the
     * event loop, before the reset.
     *
     * @param reason why
     * @param text for people there; nothing secret, cut to 256 bytes of UTF-8
     */
    public void explain(EndReason reason, String text) {
        if (open && extended && output.isAnnounced() && !input.isOver()) {
            connection.turns().control(new MuxRecord.Reason(reason, text).frame(id, alloc()));
        }
    }

    // ---- from the connection: what arrives ----

    /** Whether the sender had credit for so many bytes. */
    boolean mayReceive(int bytes) {
        return window == null || window.received(bytes);
    }

    /**
     * Hands a payload on, or queues it for a reader that does not read.
     *
     * @return true if something was fired and no read-complete is owed for this burst yet
     */
    boolean deliver(@Nullable Destination packetAddress, ByteBuf payload) {
        if (!open || input.end() != SessionInput.End.OPEN) {
            payload.release();
            return false;
        }
        int length = payload.readableBytes();
        Object message =
                isPacket() ? new Datagram(packetAddress == null ? destination : packetAddress, payload) : payload;
        return input.deliver(message, length);
    }

    void dropped() {
        droppedDatagrams++;
        connection.datagramDropped();
    }

    /** The burst is over. */
    void readComplete() {
        input.readComplete();
    }

    /** The other side says why it is about to end the session; false if it has said so before. */
    boolean told(@Nullable EndReason reason, String text) {
        boolean first = !told;
        told = true;
        if (first) {
            endReason = reason;
            endText = PeerText.line(text);
        }
        return first;
    }

    /** The other side sends no more, and takes more; false if it has said so before. */
    boolean finReceived() {
        if (input.end() != SessionInput.End.OPEN) {
            return false;
        }
        if (output.isEnded()) {
            connection.sessions().finished(this);
            input.ended(SessionInput.End.CLEAN);
        } else {
            input.ended(SessionInput.End.HALF);
        }
        return true;
    }

    /** The other side has ended the session; nothing will come behind what is queued. */
    void endReceived(boolean error) {
        if (error && !opener) {
            // The visitor has gone: what he sent last is of no use to the origin.
            input.ended(SessionInput.End.RESET);
            close();
            return;
        }
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        if (out != null) {
            out.addFlush();
            SessionOutput.discard(
                    out); // else its writer might wait, for as long as the last bytes wait for their reader
        }
        input.ended(error ? SessionInput.End.RESET : SessionInput.End.CLEAN);
    }

    /**
     * The carrier is gone. A session that had ended cleanly before still delivers what it has. Closed past its
     * handlers, as a broken socket is: a farewell, such as that of {@code SslHandler}, would wait to be written.
     */
    void connectionLost() {
        if (!input.isOver()) {
            unsafe().close(voidPromise());
        }
    }

    /** Refused before it was registered. */
    void discard() {
        open = false;
        unsafe().closeForcibly();
    }

    @Override
    protected void doBeginRead() {
        input.beginRead();
    }

    /** Any thread: a relay may follow a channel on another loop. */
    private void autoReadCleared() {
        if (!isRegistered()) {
            input.stopRead();
        } else if (!eventLoop().inEventLoop()) {
            eventLoop().execute(this::autoReadCleared);
        } else if (!config.isAutoRead()) { // it may be on again by now
            input.stopRead();
        }
    }

    // ---- to the connection: what is written ----

    @Override
    protected Object filterOutboundMessage(Object message) throws ChannelOutputShutdownException {
        // An empty buffer marks a place behind what was written, in a UDP session too.
        boolean fits = message instanceof ByteBuf bytes
                ? !isPacket() || !bytes.isReadable()
                : isPacket() && message instanceof Datagram;
        if (fits) {
            if (output.isEnded() && length(message) > 0) {
                throw new ChannelOutputShutdownException("output: ended (expected: nothing behind shutdownOutput())");
            }
            output.given(message);
            return message;
        }
        throw new UnsupportedOperationException("message: " + message.getClass().getName() + " (expected: "
                + (isPacket() ? "Datagram" : "ByteBuf") + ")");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        if (input.isOver()) {
            // The other side has ended the session: nothing for that id may be sent any more.
            SessionOutput.discard(in);
            return;
        }
        if (isPacket()) {
            connection.sessions().used(this);
        }
        connection.turns().ready(this);
    }

    /** All that was written is out, and no more will be. */
    void outputIsOut() {
        if (output.isEnded()) {
            return;
        }
        if (!extended) {
            if (!opener) {
                close();
            }
            return;
        }
        output.ended();
        if (input.end() == SessionInput.End.HALF) {
            connection.sessions().finished(this);
            input.ended(SessionInput.End.CLEAN);
        } else {
            connection.turns().control(new MuxRecord.Fin().frame(id, alloc()));
        }
    }

    boolean isAllowHalfClosure() {
        return config.isAllowHalfClosure();
    }

    SessionInput input() {
        return input;
    }

    SessionOutput output() {
        return output;
    }

    @Nullable
    ReceiveWindow window() {
        return window;
    }

    boolean isOpener() {
        return opener;
    }

    // ---- ends ----

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        if (!eventLoop().inEventLoop()) {
            eventLoop().execute(() -> shutdownOutput(promise));
            return promise;
        }
        output.shutdown();
        return promise.setSuccess();
    }

    @Override
    protected void doClose() {
        if (!open) {
            return;
        }
        open = false;
        if (output.isWaiting()) {
            connection.turns().forget(this);
        }
        connection.sessions().closed(this, config.isReset() || !output.isComplete());
        input.discard();
    }

    static int length(Object message) {
        return message instanceof Datagram datagram
                ? datagram.content().readableBytes()
                : ((ByteBuf) message).readableBytes();
    }

    boolean isPacket() {
        return destination.network() == Network.UDP;
    }

    // ---- the channel ----

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new SessionUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true; // it does no I/O of its own
    }

    @Override
    protected SocketAddress localAddress0() {
        return address;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return address;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("a session is not bound");
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    public boolean isInputShutdown() {
        return input.end() != SessionInput.End.OPEN;
    }

    @Override
    public boolean isOutputShutdown() {
        return output.isShutdown() || !open;
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        return promise.setFailure(
                new UnsupportedOperationException("input ends with the other side's End, or by close()"));
    }

    @Override
    public ChannelFuture shutdown() {
        return close();
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        return close(promise);
    }

    private final class SessionUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("a session is opened by its MuxConnection"));
        }
    }
}
