package dev.reversetunnel.websocket;

import dev.reversetunnel.crypto.Randomness;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Writes frames. A server's payload is not touched. A client's is copied once while it is masked: somebody else may
 * still hold the same bytes.
 */
final class FrameWriter {
    /** Why a connection ends: all was said. */
    static final int NORMAL = 1_000;

    /** Stands for a close frame without a code; never sent. */
    static final int NO_CODE = 1_005;

    /** The most that a short length can say; Netty's own decoder takes no more by default. */
    static final int MAX_PAYLOAD = 65_535;

    /** Of our choice: so little is copied behind its header, which costs less than a buffer more. */
    private static final int SMALL = 512;

    private final @Nullable Randomness masks;

    /**
     * A writer.
     *
     * @param masks where a client takes its masks from; null for a server, which does not mask
     */
    FrameWriter(@Nullable Randomness masks) {
        this.masks = masks;
    }

    /** Whether {@link #frame} takes the payload of a data frame along; else it is to be sent behind its header. */
    boolean copies(int length) {
        return masks != null || length <= SMALL;
    }

    /** A whole frame, its payload copied. */
    ByteBuf frame(ByteBufAllocator alloc, Opcode opcode, ByteBuf payload) {
        int length = payload.readableBytes();
        ByteBuf frame = alloc.buffer(headerLength(length) + length);
        writeHeader(frame, opcode, length);
        int mask = 0;
        if (masks != null) {
            byte[] key = masks.bytes(4);
            frame.writeBytes(key);
            mask = frame.getInt(frame.writerIndex() - 4);
        }
        int at = frame.writerIndex();
        frame.writeBytes(payload, payload.readerIndex(), length);
        if (masks != null) {
            Mask.apply(frame, at, length, mask);
        }
        return frame;
    }

    /** The header of a server's frame. */
    ByteBuf header(ByteBufAllocator alloc, Opcode opcode, int length) {
        ByteBuf header = alloc.buffer(headerLength(length));
        writeHeader(header, opcode, length);
        return header;
    }

    private int headerLength(int length) {
        return (length < 126 ? 2 : 4) + (masks == null ? 0 : 4);
    }

    private void writeHeader(ByteBuf out, Opcode opcode, int length) {
        int maskBit = masks == null ? 0 : 0x80;
        out.writeByte(0x80 | opcode.code());
        if (length < 126) {
            out.writeByte(maskBit | length);
        } else {
            out.writeByte(maskBit | 126).writeShort(length);
        }
    }
}
