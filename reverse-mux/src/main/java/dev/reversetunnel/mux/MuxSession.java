package dev.reversetunnel.mux;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.SocketAddress;
import java.util.ArrayDeque;
import java.util.Queue;
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
 *   <li>{@link #shutdownOutput()} cannot be told to a foreign peer: the side that opened the session holds its End back
 *       until the other one ends, so that the answer still comes through; the side that accepted it sends End, since
 *       nothing of what would come could be answered any more.
 * </ul>
 */
@SuppressWarnings("NonAtomicVolatileUpdate") // counted on the event loop only, read by anybody
public final class MuxSession extends AbstractChannel implements DuplexChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private enum InputEnd {
        NONE,
        CLEAN,
        RESET
    }

    private final MuxConnection connection;
    private final int id;
    private final Destination destination;
    private final MuxFrame.@Nullable Visitor visitor;
    private final MuxFrame.@Nullable GlobalId globalId;
    private final boolean opener;
    private final SocketAddress address;
    private final MuxSessionConfig config;

    private final Queue<Object> inbound = new ArrayDeque<>(2);
    private int queuedBytes;
    private long bytesTaken;
    private volatile long droppedDatagrams;
    private boolean severalTargets;
    private boolean readPending;
    private boolean readFired;
    private boolean drainScheduled;
    private InputEnd inputEnd = InputEnd.NONE;

    // Netty throws the outbound buffer away before doClose(), and a promise is told before its bytes are taken off the
    // count.
    private long bytesGiven;
    private long bytesOut;
    private boolean announced;
    private boolean waiting;
    private boolean outputShutdown;
    private volatile boolean open = true;

    private MuxSession(
            MuxConnection connection,
            int id,
            Destination destination,
            MuxFrame.@Nullable Visitor visitor,
            MuxFrame.@Nullable GlobalId globalId,
            boolean opener) {
        super(connection.carrier());
        this.connection = connection;
        this.id = id;
        this.destination = destination;
        this.visitor = visitor;
        this.globalId = globalId;
        this.opener = opener;
        this.announced = !opener;
        this.address = new MuxSessionAddress(id);
        this.config = new MuxSessionConfig(this, connection.carrier().config().getAllocator(), this::autoReadCleared);
    }

    static MuxSession opening(
            MuxConnection connection,
            int id,
            Destination destination,
            MuxFrame.@Nullable Visitor visitor,
            MuxFrame.@Nullable GlobalId globalId) {
        return new MuxSession(connection, id, destination, visitor, globalId, true);
    }

    static MuxSession accepted(
            MuxConnection connection,
            int id,
            Destination destination,
            MuxFrame.@Nullable Visitor visitor,
            MuxFrame.@Nullable GlobalId globalId) {
        return new MuxSession(connection, id, destination, visitor, globalId, false);
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
     * How many bytes wait for a reader. Asked on the event loop.
     *
     * @return bytes
     */
    public int queuedBytes() {
        return queuedBytes;
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
     * @return true if this side opened the session: its End would take the answer away
     */
    public boolean holdsEndBack() {
        return opener;
    }

    /** Ends the session with an error, as {@code SO_LINGER} 0 and close do. */
    public void reset() {
        config.setSoLinger(0);
        close();
    }

    // ---- from the connection: what arrives ----

    /**
     * Hands a payload on, or queues it for a reader that does not read.
     *
     * @return true if something was fired and no read-complete is owed for this burst yet
     */
    boolean deliver(@Nullable Destination packetAddress, ByteBuf payload) {
        if (!open) {
            payload.release();
            return false;
        }
        int length = payload.readableBytes();
        Object message =
                isPacket() ? new Datagram(packetAddress == null ? destination : packetAddress, payload) : payload;
        if (readPending && inbound.isEmpty()) {
            bytesTaken += length;
            boolean first = !readFired;
            readFired = true;
            pipeline().fireChannelRead(message);
            return first;
        }
        if (isPacket() && !connection.slowReaders().takesDatagram(this, length)) {
            // Late datagrams are worth nothing: dropped, so that they never stop a stream.
            payload.release();
            dropped();
            return false;
        }
        inbound.add(message);
        queuedBytes += length;
        if (!isPacket()) {
            connection.slowReaders().queued(this, length);
        }
        return false;
    }

    private void dropped() {
        droppedDatagrams++;
        connection.datagramDropped();
    }

    /** The burst is over. */
    void readComplete() {
        if (readFired) {
            readFired = false;
            readPending = false;
            pipeline().fireChannelReadComplete();
        }
    }

    /** The other side has ended the session; nothing will come behind what is queued. */
    void endReceived(boolean error) {
        inputEnd = error ? InputEnd.RESET : InputEnd.CLEAN;
        if (error && !opener) {
            // The visitor has gone: what he sent last is of no use to the origin.
            close();
            return;
        }
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        if (out != null) {
            out.addFlush();
            discard(out); // else its writer might wait, for as long as the last bytes wait for their reader
        }
        finishInput();
    }

    /**
     * The carrier is gone. A session that had ended cleanly before still delivers what it has. Closed past its
     * handlers, as a broken socket is: a farewell, such as that of {@code SslHandler}, would wait to be written.
     */
    void connectionLost() {
        if (inputEnd == InputEnd.NONE) {
            unsafe().close(voidPromise());
        }
    }

    /** Refused before it was registered. */
    void discard() {
        open = false;
        unsafe().closeForcibly();
    }

    private void finishInput() {
        if (inputEnd == InputEnd.NONE || !inbound.isEmpty() || !open) {
            return;
        }
        if (inputEnd == InputEnd.RESET) {
            close();
            return;
        }
        if (!readPending && !readFired) {
            return; // told when somebody reads, as with a socket
        }
        readComplete();
        if (!open) {
            return; // by one of its handlers: to those behind, that is no clean end
        }
        pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
        close();
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        if ((!inbound.isEmpty() || inputEnd != InputEnd.NONE) && !drainScheduled) {
            drainScheduled = true;
            // Later: the reader may be in the middle of something, such as a change of its own writability.
            eventLoop().execute(this::drain);
        }
    }

    /** Any thread: a relay may follow a channel on another loop. */
    private void autoReadCleared() {
        if (!isRegistered()) {
            readPending = false;
        } else if (!eventLoop().inEventLoop()) {
            eventLoop().execute(this::autoReadCleared);
        } else if (!config.isAutoRead()) { // it may be on again by now
            readPending = false;
        }
    }

    private void drain() {
        drainScheduled = false;
        int taken = 0;
        while (open && readPending && !inbound.isEmpty()) {
            Object message = inbound.remove();
            int length = length(message);
            queuedBytes -= length;
            taken += length;
            readFired = true;
            pipeline().fireChannelRead(message);
        }
        if (taken > 0) {
            bytesTaken += taken;
            left(taken);
        }
        if (inbound.isEmpty() && inputEnd != InputEnd.NONE) {
            finishInput();
        } else {
            readComplete();
        }
    }

    /** Bytes have left the queue. */
    private void left(int bytes) {
        if (isPacket()) {
            connection.slowReaders().datagramsTaken(bytes);
        } else {
            connection.slowReaders().taken(this, bytes);
        }
    }

    long bytesTaken() {
        return bytesTaken;
    }

    // ---- to the connection: what is written ----

    @Override
    protected Object filterOutboundMessage(Object message) {
        // An empty buffer marks a place behind what was written, in a UDP session too.
        boolean fits = message instanceof ByteBuf bytes
                ? !isPacket() || !bytes.isReadable()
                : isPacket() && message instanceof Datagram;
        if (fits) {
            bytesGiven += length(message);
            return message;
        }
        throw new UnsupportedOperationException("message: " + message.getClass().getName() + " (expected: "
                + (isPacket() ? "Datagram" : "ByteBuf") + ")");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        if (inputEnd != InputEnd.NONE) {
            // The other side has ended the session: nothing for that id may be sent any more.
            discard(in);
            return;
        }
        connection.turns().ready(this);
    }

    /** Succeeds, as a write to a socket does whose other end has closed: the end of the input comes first. */
    private static void discard(ChannelOutboundBuffer out) {
        while (out.current() != null) {
            out.remove();
        }
    }

    /** Whether the session was not waiting for its turn yet; from now on it is. */
    boolean waitForTurn() {
        boolean first = !waiting;
        waiting = true;
        return first;
    }

    /** Whether the other side knows the session: its New has gone out, or came in. */
    boolean isAnnounced() {
        return announced;
    }

    /**
     * Writes until the budget is spent.
     *
     * @return whether there is more, for another turn
     */
    boolean takeTurn(WriteTurns turns, int budget) {
        waiting = false;
        ChannelOutboundBuffer out = unsafe().outboundBuffer();
        if (out == null || inputEnd != InputEnd.NONE) {
            return false;
        }
        int left = budget;
        for (Object message = out.current(); message != null && left > 0; message = out.current()) {
            // Netty puts an empty buffer in the place of a write that was cancelled, whatever it was.
            left -= message instanceof Datagram datagram
                    ? writeDatagram(turns, out, datagram)
                    : writeBytes(turns, out, (ByteBuf) message);
            if (!open) {
                return false; // a promise's listener has closed it
            }
        }
        if (!announced) {
            announce(turns);
        }
        if (out.current() != null) {
            return waitForTurn();
        }
        if (outputShutdown && !opener) {
            close();
        }
        return false;
    }

    private void announce(WriteTurns turns) {
        announced = true;
        introduce(turns);
        // No GlobalID: without data, nobody reads it.
        turns.write(new MuxFrame.New(id, 0, destination, visitorInNew(), null, Unpooled.EMPTY_BUFFER));
    }

    /** Says on whose behalf the New that follows is, where that has no place for it. */
    private void introduce(WriteTurns turns) {
        if (visitor != null && !isReverse()) {
            turns.writeBefore(VisitorRecord.of(id, visitor, alloc()));
        }
    }

    private MuxFrame.@Nullable Visitor visitorInNew() {
        return isReverse() ? visitor : null;
    }

    private boolean isReverse() {
        return connection.options().dialect() == MuxDialect.VLESS_REVERSE;
    }

    private int writeBytes(WriteTurns turns, ChannelOutboundBuffer out, ByteBuf bytes) {
        int readable = bytes.readableBytes();
        int length = Math.min(readable, connection.options().maxFramePayload());
        bytesOut += length;
        if (length == 0) {
            out.remove();
            return 0;
        }
        if (length == readable) {
            turns.write(frame(turns, null, bytes.retain()));
            out.remove();
        } else {
            turns.write(frame(turns, null, bytes.retainedSlice(bytes.readerIndex(), length)));
            out.removeBytes(length);
        }
        return length;
    }

    private int writeDatagram(WriteTurns turns, ChannelOutboundBuffer out, Datagram datagram) {
        int length = datagram.content().readableBytes();
        bytesOut += length;
        boolean elsewhere = opener && !datagram.peer().equals(destination);
        if (length == 0 || length > connection.maxDatagram() || (elsewhere && !connection.readsTargets())) {
            // V2Ray closes the whole tunnel over one that is too large, and delivers one for another target to the
            // session's; an empty one cannot be expressed.
            dropped();
            out.remove();
            return 0;
        }
        severalTargets |= elsewhere;
        if (!announced && elsewhere) {
            announce(turns); // what rides in New is for the session's own target
        }
        // Xray reads where a datagram came from, V2Ray ignores it. An Xray portal gives the target of each datagram.
        Destination address = opener && !severalTargets ? null : datagram.peer();
        turns.write(frame(turns, address, datagram.content().retain()));
        out.remove();
        return length;
    }

    private MuxFrame frame(WriteTurns turns, @Nullable Destination packetAddress, ByteBuf payload) {
        if (announced) {
            return new MuxFrame.Keep(id, MuxFrame.DATA, packetAddress, payload);
        }
        announced = true;
        introduce(turns);
        return new MuxFrame.New(id, MuxFrame.DATA, destination, visitorInNew(), globalId, payload);
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
        outputShutdown = true;
        connection.turns().ready(this);
        return promise.setSuccess();
    }

    @Override
    protected void doClose() {
        if (!open) {
            return;
        }
        open = false;
        if (waiting) {
            connection.turns().forget(this);
        }
        boolean clean = !config.isReset() && bytesGiven == bytesOut;
        connection.closed(this, !clean);
        for (Object message = inbound.poll(); message != null; message = inbound.poll()) {
            ReferenceCountUtil.release(message);
        }
        int discarded = queuedBytes;
        queuedBytes = 0;
        if (discarded > 0) {
            left(discarded);
        }
    }

    private static int length(Object message) {
        return message instanceof Datagram datagram
                ? datagram.content().readableBytes()
                : ((ByteBuf) message).readableBytes();
    }

    private boolean isPacket() {
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
        return inputEnd != InputEnd.NONE;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown || !open;
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
