package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Encodes Mux.Cool frames: a {@link MuxFrame} that is written becomes its bytes; anything else passes.
 *
 * <pre>
 *  0       2           4        5        6                                  2+L
 * +-------+-----------+--------+--------+----------------------------------+
 * | L (2) | session   | status | option | New: network, port, address ...  |
 * +-------+-----------+--------+--------+----------------------------------+
 * then, if option has {@link MuxFrame#DATA}: length (2), payload
 * </pre>
 *
 * <p>A payload of up to 2 KiB is copied behind its header, a larger one is written as it is, behind a buffer with the
 * header. Nothing comes between the two, and a payload whose header could not be written is not written either. The
 * promise of a frame is that of its last byte, and fails if any of it fails.
 *
 * <p>A frame that no peer could read fails with an {@link IllegalArgumentException} before a byte of it is written:
 * metadata of more than 512 bytes (three long domain names), a visitor beside a GlobalID, a datagram address that is
 * not of UDP. It is released on each path. Knows no dialect: who makes a New puts in what its reader expects.
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/muxcool.html">Mux.Cool</a>
 */
public final class MuxFrameEncoder extends ChannelOutboundHandlerAdapter {
    /** Bytes; to copy them costs less than a second buffer does. Ours, not the specification's. */
    static final int COPIED_UP_TO = 2048;

    private static final int LENGTH_FIELD = 2;
    private static final int NETWORK = 1;

    /** Where it is in the pipeline of a {@link MuxConnection}'s carrier; looked for once. */
    private @Nullable ChannelHandlerContext context;

    private boolean writing;
    /** What is written while a frame is being written: a channel that fills up says so at once, inside of write. */
    private @Nullable Queue<Write> later;

    /** An encoder for one connection. */
    public MuxFrameEncoder() {}

    @Override
    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (writing) {
            later().add(new Write(msg, promise));
            return;
        }
        writing = true;
        try {
            writeOne(ctx, msg, promise);
            writeLater(ctx);
        } finally {
            writing = false;
        }
    }

    /**
     * Writes a stream's bytes as a {@link MuxFrame.Keep} that is never made: nothing of a bulk transfer is to be
     * collected. For an owner who closes the channel when a write fails, as {@link MuxConnection} does, so that nothing
     * follows half a frame.
     */
    void writeStream(Channel carrier, int sessionId, ByteBuf payload) {
        ChannelHandlerContext ctx = context;
        if (ctx == null) {
            ctx = carrier.pipeline().context(this);
            context = ctx;
        }
        if (writing || ctx == null) {
            carrier.write(new MuxFrame.Keep(sessionId, payload), carrier.voidPromise());
            return;
        }
        writing = true;
        try {
            writeStream(ctx, sessionId, payload);
            writeLater(ctx);
        } finally {
            writing = false;
        }
    }

    private static void writeStream(ChannelHandlerContext ctx, int sessionId, ByteBuf payload) {
        int length = payload.readableBytes();
        boolean copied = length <= COPIED_UP_TO;
        int size = MuxMetadata.STREAM_HEADER_BYTES + (copied ? length : 0);
        ByteBuf head;
        try {
            head = ctx.alloc().ioBuffer(size, size).writeLong(MuxMetadata.streamHeader(sessionId, length));
        } catch (RuntimeException | Error e) {
            payload.release();
            throw e;
        }
        if (copied) {
            head.writeBytes(payload, payload.readerIndex(), length);
            payload.release();
        }
        ctx.write(head, ctx.voidPromise());
        if (copied) {
            return;
        }
        if (ctx.channel().isOpen()) {
            ctx.write(payload, ctx.voidPromise());
        } else {
            payload.release();
        }
    }

    private void writeLater(ChannelHandlerContext ctx) {
        for (Write next = poll(); next != null; next = poll()) {
            writeOne(ctx, next.msg(), next.promise());
        }
    }

    private static void writeOne(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
        if (!(msg instanceof MuxFrame frame)) {
            ctx.write(msg, promise);
        } else if (!promise.setUncancellable()) {
            frame.release(); // cancelled, and from here on too late to be: half a frame would spoil the stream
        } else {
            writeFrame(ctx, frame, promise);
        }
    }

    private static void writeFrame(ChannelHandlerContext ctx, MuxFrame frame, ChannelPromise promise) {
        ByteBuf payload = frame.payload();
        boolean copied = payload.readableBytes() <= COPIED_UP_TO;
        ByteBuf head;
        try {
            head = encode(ctx, frame, copied);
        } catch (RuntimeException | Error e) {
            frame.release();
            promise.tryFailure(e);
            return;
        }
        if (copied) {
            payload.release();
            ctx.write(head, promise);
            return;
        }
        ChannelPromise headPromise = ctx.newPromise();
        ctx.write(head, headPromise);
        Throwable failure = headPromise.cause();
        if (failure != null) {
            payload.release();
            promise.tryFailure(failure);
            return;
        }
        if (!headPromise.isDone()) {
            headPromise.addListener(written -> {
                if (!written.isSuccess()) {
                    promise.tryFailure(written.cause());
                }
            });
        }
        ctx.write(payload, promise);
    }

    /** A buffer of exactly the size that is needed. */
    private static ByteBuf encode(ChannelHandlerContext ctx, MuxFrame frame, boolean withPayload) {
        int length = metadataLength(frame);
        if (length > MuxMetadata.MAX_LENGTH) {
            throw new IllegalArgumentException(MuxMetadata.expectation(length));
        }
        ByteBuf payload = frame.payload();
        int payloadLength = payload.readableBytes();
        int size = LENGTH_FIELD + length + (frame.hasData() ? LENGTH_FIELD : 0) + (withPayload ? payloadLength : 0);
        ByteBuf out = ctx.alloc().ioBuffer(size, size);
        out.writeShort(length)
                .writeShort(frame.sessionId())
                .writeByte(status(frame))
                .writeByte(frame.options());
        if (frame instanceof MuxFrame.New opening) {
            writeNew(out, opening);
        } else if (frame instanceof MuxFrame.Keep keep && keep.packetAddress() != null) {
            writeAddress(out, keep.packetAddress());
        }
        if (frame.hasData()) {
            out.writeShort(payloadLength);
        }
        if (withPayload) {
            out.writeBytes(payload, payload.readerIndex(), payloadLength);
        }
        return out;
    }

    private static int metadataLength(MuxFrame frame) {
        if (frame instanceof MuxFrame.New opening) {
            return MuxMetadata.MIN_LENGTH + newLength(opening);
        }
        Destination packetAddress = frame instanceof MuxFrame.Keep keep ? keep.packetAddress() : null;
        if (packetAddress == null) {
            return MuxMetadata.MIN_LENGTH;
        }
        if (packetAddress.network() != Network.UDP) {
            // Readers look for an address behind the code of UDP only.
            throw new IllegalArgumentException("packet address: " + packetAddress + " (expected: one of UDP)");
        }
        return MuxMetadata.MIN_LENGTH + addressLength(packetAddress);
    }

    private static int newLength(MuxFrame.New frame) {
        int length = addressLength(frame.destination());
        Visitor visitor = frame.visitor();
        if (frame.globalId() != null) {
            if (visitor != null) {
                throw new IllegalArgumentException("visitor: beside a GlobalID (expected: one of them, by dialect)");
            }
            return length + MuxMetadata.GLOBAL_ID_LENGTH;
        }
        if (visitor == null) {
            return length;
        }
        length += addressLength(visitor.source());
        return visitor.local() == null ? length : length + addressLength(visitor.local());
    }

    private static void writeNew(ByteBuf out, MuxFrame.New frame) {
        writeAddress(out, frame.destination());
        GlobalId globalId = frame.globalId();
        if (globalId != null) {
            out.writeLong(globalId.value());
        }
        Visitor visitor = frame.visitor();
        if (visitor != null) {
            writeAddress(out, visitor.source());
            if (visitor.local() != null) {
                writeAddress(out, visitor.local());
            }
        }
    }

    private static int addressLength(Destination address) {
        return NETWORK + PortFirstAddress.length(address);
    }

    private static void writeAddress(ByteBuf out, Destination address) {
        PortFirstAddress.write(out.writeByte(MuxFrame.code(address.network())), address);
    }

    private static int status(MuxFrame frame) {
        if (frame instanceof MuxFrame.Keep) {
            return MuxMetadata.KEEP;
        }
        if (frame instanceof MuxFrame.New) {
            return MuxMetadata.NEW;
        }
        return frame instanceof MuxFrame.End ? MuxMetadata.END : MuxMetadata.KEEP_ALIVE;
    }

    private @Nullable Write poll() {
        return later == null ? null : later.poll();
    }

    private Queue<Write> later() {
        if (later == null) {
            later = new ArrayDeque<>();
        }
        return later;
    }

    private record Write(Object msg, ChannelPromise promise) {}
}
