package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Decodes Mux.Cool frames: {@link ByteBuf}s come in, cut anywhere, and each {@link MuxFrame} is fired as soon as its
 * last byte is there. Who gets a frame releases it.
 *
 * <pre>
 *  0       2           4        5        6                                  2+L
 * +-------+-----------+--------+--------+----------------------------------+
 * | L (2) | session   | status | option | New: network, port, address ...  |
 * +-------+-----------+--------+--------+----------------------------------+
 * then, if option has {@link MuxFrame#DATA}: length (2), payload
 * </pre>
 *
 * <p>Payload is not copied: it is a slice of the buffer that it came in, or a composite of several slices; only pieces
 * of less than 1 KiB of a payload that spans buffers are. This is why it is no
 * {@link io.netty.handler.codec.ByteToMessageDecoder}, whose cumulation copies. At most one frame is held.
 *
 * <p>The first rule that the peer breaks is fired as a {@link MuxException}, whose scope is always the tunnel; what
 * comes afterwards is released and ignored. A stream that ends inside a frame is
 * {@link MuxException.Reason#TRUNCATED_STREAM}, fired before the event that told of the end. The channel is not closed:
 * that is up to who gets the exception.
 *
 * <p>While auto-read is off, a read that brought no whole frame is followed by another one, so that who asks for a read
 * gets a frame.
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/muxcool.html">Mux.Cool</a>
 */
public final class MuxFrameDecoder extends ChannelInboundHandlerAdapter {
    private static final int LENGTH_FIELD = 2;
    /** Holds every metadata but those with long names. */
    private static final int SCRATCH_BYTES = 64;

    private static final int UNKNOWN = -1;

    private final MuxDialect dialect;
    private final @Nullable FrameTurns turns;
    private final @Nullable Arrivals arrivals;

    /** The fields in front of the payload, as long as they span buffers. */
    private @Nullable ByteBuf scratch;
    /** Of the frame whose payload has not come yet. */
    private @Nullable MuxMetadata metadata;

    private int payloadLength = UNKNOWN;
    private @Nullable PayloadPieces pieces;
    /** Whose bytes come next, if they need no frame. */
    private @Nullable MuxSession stream;
    /** How many are still to come of that. */
    private int streamLength;

    private boolean stopped;
    private boolean decoding;
    private boolean firedFrame;
    /** Its turn of the event loop is over, and the next one comes. */
    private boolean resting;
    /**
     * What is read while a frame is being fired, for some channels read on inside of {@code channelRead}; and what is
     * left for the next turn.
     */
    private @Nullable Deque<ByteBuf> later;

    /**
     * A decoder for one connection.
     *
     * @param dialect what stands behind the target of New; the carrier decides
     */
    public MuxFrameDecoder(MuxDialect dialect) {
        this.dialect = Objects.requireNonNull(dialect, "dialect");
        this.turns = null;
        this.arrivals = null;
    }

    /**
     * The same for a {@link MuxConnection}: lets others on the event loop have their turns, and gives streams what
     * comes for them as it comes, without making a frame of it first.
     */
    MuxFrameDecoder(MuxDialect dialect, FrameTurns turns, Arrivals arrivals) {
        this.dialect = dialect;
        this.turns = turns;
        this.arrivals = arrivals;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf in)) {
            ctx.fireChannelRead(msg);
        } else if (stopped) {
            in.release();
        } else if (decoding || resting) {
            later().add(in);
        } else {
            decodeAll(ctx, in, turns);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean wantsMore =
                !firedFrame && !stopped && !resting && !ctx.channel().config().isAutoRead();
        firedFrame = false;
        if (turns != null) {
            turns.begin();
        }
        ctx.fireChannelReadComplete();
        if (wantsMore) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            catchUp(ctx);
            end(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        catchUp(ctx);
        end(ctx);
        stop(); // when the close came from inside of a frame's way: nothing follows the end
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
    }

    private void decodeAll(ChannelHandlerContext ctx, @Nullable ByteBuf first, @Nullable FrameTurns turn) {
        decoding = true;
        try {
            ByteBuf in = first == null ? poll() : first;
            while (in != null) {
                if (!decode(ctx, in, turn)) {
                    later().addFirst(in);
                    rest(ctx);
                    return;
                }
                in = poll();
            }
        } finally {
            decoding = false;
        }
    }

    /** Takes a buffer whole, or until the turn is over: then false, and the rest of it is for the next one. */
    private boolean decode(ChannelHandlerContext ctx, ByteBuf in, @Nullable FrameTurns turn) {
        boolean whole = true;
        try {
            while (whole && !stopped) {
                if (!passStreamOn(in)) {
                    MuxFrame frame = next(ctx, in);
                    if (frame == null) {
                        return true;
                    }
                    firedFrame = true;
                    ctx.fireChannelRead(frame); // may remove this handler or close the channel
                }
                whole = stopped || turn == null || !turn.isOver();
            }
            return whole;
        } catch (MuxException e) { // never one of a handler: Netty keeps those away from here
            stop();
            ctx.fireExceptionCaught(e);
            return true;
        } catch (RuntimeException | Error e) { // no memory, say: the place in the stream is lost
            stop();
            throw e;
        } finally {
            if (whole) {
                in.release();
            }
        }
    }

    // ---- turns of the event loop ----

    private void rest(ChannelHandlerContext ctx) {
        if (turns != null) {
            turns.rest();
        }
        if (!resting) {
            resting = true;
            // A delay of nothing lets the loop look at its sockets once before.
            ctx.executor().schedule(() -> goOn(ctx), 0, TimeUnit.NANOSECONDS);
        }
    }

    private void goOn(ChannelHandlerContext ctx) {
        if (resting) {
            resting = false;
            decodeLater(ctx, turns);
        }
    }

    /** The end has come: what was read before is taken before. */
    private void catchUp(ChannelHandlerContext ctx) {
        if (resting) {
            resting = false;
            decodeLater(ctx, null);
        }
    }

    private void decodeLater(ChannelHandlerContext ctx, @Nullable FrameTurns turn) {
        try {
            decodeAll(ctx, null, turn);
        } catch (RuntimeException e) {
            ctx.fireExceptionCaught(e);
        }
        channelReadComplete(ctx);
        if (turns != null && !resting) {
            turns.done();
        }
    }

    private @Nullable ByteBuf poll() {
        return later == null ? null : later.poll();
    }

    // ---- streams ----

    /** Gives a stream what has come for it; false if the next bytes are those of a frame. */
    private boolean passStreamOn(ByteBuf in) {
        if (arrivals == null || !in.isReadable() || (stream == null && !startsStream(arrivals, in))) {
            return false;
        }
        MuxSession session = stream;
        int length = Math.min(streamLength, in.readableBytes());
        if (session == null || length == 0) {
            return true;
        }
        firedFrame = true;
        streamLength -= length;
        if (streamLength == 0) {
            stream = null;
        }
        arrivals.takeStream(session, in.readRetainedSlice(length)); // may remove this handler or close the channel
        return true;
    }

    private boolean startsStream(Arrivals sessions, ByteBuf in) {
        if (metadata != null || scratch != null || in.readableBytes() < MuxMetadata.STREAM_HEADER_BYTES) {
            return false;
        }
        long header = in.getLong(in.readerIndex());
        int length = MuxMetadata.streamLength(header);
        if (!MuxMetadata.isStreamHeader(header) || length == 0) {
            return false;
        }
        stream = sessions.stream(MuxMetadata.streamSession(header));
        if (stream == null) {
            return false;
        }
        streamLength = length;
        in.skipBytes(MuxMetadata.STREAM_HEADER_BYTES);
        return true;
    }

    // ---- frames ----

    /** The next frame, or null if its last byte has not come yet; then {@code in} is read to its end. */
    private @Nullable MuxFrame next(ChannelHandlerContext ctx, ByteBuf in) {
        MuxMetadata head = metadata;
        if (head == null) {
            head = readMetadata(ctx, in);
            if (head == null) {
                return null;
            }
            head.checkStatus();
            if (!head.hasData()) {
                return head.frame(Unpooled.EMPTY_BUFFER);
            }
            metadata = head;
        }
        ByteBuf payload = readPayload(ctx, in);
        if (payload == null) {
            return null;
        }
        metadata = null;
        payloadLength = UNKNOWN;
        return head.frame(payload);
    }

    private @Nullable MuxMetadata readMetadata(ChannelHandlerContext ctx, ByteBuf in) {
        ByteBuf source = gather(ctx, in, LENGTH_FIELD);
        if (source == null) {
            return null;
        }
        int length = source.getUnsignedShort(source.readerIndex());
        MuxMetadata.checkLength(length);
        source = gather(ctx, in, LENGTH_FIELD + length);
        if (source == null) {
            return null;
        }
        MuxMetadata read = MuxMetadata.read(source.skipBytes(LENGTH_FIELD), length, dialect);
        releaseScratch();
        return read;
    }

    private @Nullable ByteBuf readPayload(ChannelHandlerContext ctx, ByteBuf in) {
        if (payloadLength == UNKNOWN) {
            ByteBuf source = gather(ctx, in, LENGTH_FIELD);
            if (source == null) {
                return null;
            }
            payloadLength = source.readUnsignedShort();
            releaseScratch();
        }
        if (pieces == null) {
            if (payloadLength == 0) {
                return Unpooled.EMPTY_BUFFER;
            }
            if (in.readableBytes() >= payloadLength) {
                return in.readRetainedSlice(payloadLength);
            }
            if (!in.isReadable()) {
                return null;
            }
            pieces = new PayloadPieces(ctx.alloc(), payloadLength);
        }
        pieces.add(in);
        if (!pieces.isComplete()) {
            return null;
        }
        ByteBuf payload = pieces.take();
        pieces = null;
        return payload;
    }

    /** The next {@code length} bytes in one piece: where they are, or gathered; null if they have not all come yet. */
    private @Nullable ByteBuf gather(ChannelHandlerContext ctx, ByteBuf in, int length) {
        ByteBuf gathered = scratch;
        if (gathered == null) {
            if (in.readableBytes() >= length) {
                return in;
            }
            if (!in.isReadable()) {
                return null;
            }
            gathered = ctx.alloc().heapBuffer(SCRATCH_BYTES, LENGTH_FIELD + MuxMetadata.MAX_LENGTH);
            scratch = gathered;
        }
        int missing = Math.max(0, length - gathered.readableBytes());
        gathered.writeBytes(in, Math.min(missing, in.readableBytes()));
        return gathered.readableBytes() < length ? null : gathered;
    }

    /** No more bytes will come. */
    private void end(ChannelHandlerContext ctx) {
        if (scratch != null || metadata != null || stream != null) {
            stop();
            ctx.fireExceptionCaught(
                    new MuxException(Reason.TRUNCATED_STREAM, "stream: ended inside a frame (expected: between two)"));
        }
    }

    /** What comes from now on, and what has come and is no frame yet, is of no use to anybody. */
    void stop() {
        stopped = true;
        resting = false;
        releaseScratch();
        metadata = null;
        stream = null;
        if (pieces != null) {
            pieces.release();
            pieces = null;
        }
        if (later != null) {
            later.forEach(ByteBuf::release);
            later.clear();
        }
    }

    private void releaseScratch() {
        if (scratch != null) {
            scratch.release();
            scratch = null;
        }
    }

    private Deque<ByteBuf> later() {
        if (later == null) {
            later = new ArrayDeque<>();
        }
        return later;
    }
}
