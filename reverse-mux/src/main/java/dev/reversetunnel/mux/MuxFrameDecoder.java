package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Queue;
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

    /** The fields in front of the payload, as long as they span buffers. */
    private @Nullable ByteBuf scratch;
    /** Of the frame whose payload has not come yet. */
    private @Nullable MuxMetadata metadata;

    private int payloadLength = UNKNOWN;
    private @Nullable PayloadPieces pieces;

    private boolean stopped;
    private boolean decoding;
    private boolean firedFrame;
    /** What is read while a frame is being fired: some channels read on inside of {@code channelRead}. */
    private @Nullable Queue<ByteBuf> later;

    /**
     * A decoder for one connection.
     *
     * @param dialect what stands behind the target of New; the carrier decides
     */
    public MuxFrameDecoder(MuxDialect dialect) {
        this.dialect = Objects.requireNonNull(dialect, "dialect");
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object msg) {
        if (!(msg instanceof ByteBuf in)) {
            ctx.fireChannelRead(msg);
        } else if (stopped) {
            in.release();
        } else if (decoding) {
            later().add(in);
        } else {
            decodeAll(ctx, in);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        boolean wantsMore = !firedFrame && !stopped && !ctx.channel().config().isAutoRead();
        firedFrame = false;
        ctx.fireChannelReadComplete();
        if (wantsMore) {
            ctx.read();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            end(ctx);
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        end(ctx);
        stop(); // when the close came from inside of a frame's way: nothing follows the end
        ctx.fireChannelInactive();
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        stop();
    }

    private void decodeAll(ChannelHandlerContext ctx, ByteBuf first) {
        decoding = true;
        try {
            ByteBuf in = first;
            while (in != null) {
                decode(ctx, in);
                in = later == null ? null : later.poll();
            }
        } finally {
            decoding = false;
        }
    }

    private void decode(ChannelHandlerContext ctx, ByteBuf in) {
        try {
            while (!stopped) {
                MuxFrame frame = next(ctx, in);
                if (frame == null) {
                    return;
                }
                firedFrame = true;
                ctx.fireChannelRead(frame); // may remove this handler or close the channel
            }
        } catch (MuxException e) { // never one of a later handler: Netty keeps those away from here
            stop();
            ctx.fireExceptionCaught(e);
        } catch (RuntimeException | Error e) { // no memory, say: the place in the stream is lost
            stop();
            throw e;
        } finally {
            in.release();
        }
    }

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
        if (scratch != null || metadata != null) {
            stop();
            ctx.fireExceptionCaught(
                    new MuxException(Reason.TRUNCATED_STREAM, "stream: ended inside a frame (expected: between two)"));
        }
    }

    private void stop() {
        stopped = true;
        releaseScratch();
        metadata = null;
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

    private Queue<ByteBuf> later() {
        if (later == null) {
            later = new ArrayDeque<>();
        }
        return later;
    }
}
