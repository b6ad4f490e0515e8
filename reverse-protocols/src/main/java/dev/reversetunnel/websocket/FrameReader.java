package dev.reversetunnel.websocket;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/**
 * Reads frames in pieces of any size, and passes payload on as it comes.
 *
 * <pre>
 *  0                   1                   2                   3
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * |F|R|R|R|opcode |M| length      | 126: length (2), 127: (8)     |
 * +-+-+-+-+-------+-+-------------+-------------------------------+
 * | key (4), if masked            | payload, each byte xor key    |
 * +-------------------------------+-------------------------------+
 * </pre>
 *
 * <p>Text frames are taken as bytes, and not looked at whether they are UTF-8: V2Ray 4.34 does so, too.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.2">RFC 6455, 5.2</a>
 */
final class FrameReader {
    /** By the standard, 5.5. */
    private static final int MAX_CONTROL = 125;

    private static final int LONGEST_HEADER = 14;

    private final boolean masked;
    private final byte[] header = new byte[LONGEST_HEADER];
    private final byte[] control = new byte[MAX_CONTROL];

    private int headerRead;
    private boolean inPayload;
    private boolean inMessage;
    private boolean closed;
    private Opcode opcode = Opcode.CONTINUATION;
    private boolean last;
    private long left;
    private int controlRead;
    private int mask;

    /**
     * A reader at the beginning of a connection.
     *
     * @param masked whether the peer has to mask: a client must, a server must not
     */
    FrameReader(boolean masked) {
        this.masked = masked;
    }

    /** Who gets what frames carry. */
    interface Sink {
        /** A piece of the stream, which belongs to the sink. */
        void data(ByteBuf piece);

        /** To be answered with the same bytes. */
        void ping(byte[] payload);

        /**
         * The peer has closed.
         *
         * @param code why; 1005 if it gave none
         */
        void close(int code);
    }

    /**
     * Reads all that is there; what comes behind a close frame is thrown away.
     *
     * @param in stays the caller's; may be written to
     */
    void read(ByteBuf in, Sink sink) throws FrameException {
        while (in.isReadable() && !closed) {
            if (!inPayload && !readHeader(in)) {
                return;
            }
            readPayload(in, sink);
            if (left == 0) {
                endFrame(sink);
            }
        }
        in.skipBytes(in.readableBytes());
    }

    private boolean readHeader(ByteBuf in) throws FrameException {
        while (headerRead < headerLength()) {
            if (!in.isReadable()) {
                return false;
            }
            header[headerRead++] = in.readByte();
            if (headerRead == 2) {
                checkStart();
            }
        }
        left = length();
        if (left < 0) {
            throw new FrameException("length: 63 bits exceeded (expected: 0~2^63-1)");
        }
        mask = masked ? fourBytes(headerLength() - 4) : 0;
        headerRead = 0;
        inPayload = true;
        return true;
    }

    /** As far as it is known: the second byte tells. */
    private int headerLength() {
        if (headerRead < 2) {
            return 2;
        }
        int more = switch (header[1] & 0x7f) {
            case 126 -> 2;
            case 127 -> 8;
            default -> 0;
        };
        return 2 + more + (masked ? 4 : 0);
    }

    private void checkStart() throws FrameException {
        if ((header[0] & 0x70) != 0) {
            throw new FrameException(
                    "reserved bits: " + (header[0] >> 4 & 7) + " (expected: 0, no extension was agreed)");
        }
        if ((header[1] < 0) != masked) {
            throw new FrameException("mask: " + (header[1] < 0) + " (expected: " + masked + ", of "
                    + (masked ? "clients" : "servers") + ")");
        }
        opcode = Opcode.of(header[0] & 0x0f);
        last = header[0] < 0;
        if (opcode.isControl()) {
            int length = header[1] & 0x7f;
            if (!last || length > MAX_CONTROL) {
                throw new FrameException("control frame: " + (last ? "longer than " + MAX_CONTROL : "in fragments")
                        + " (expected: 0~125 bytes in one frame)");
            }
        } else if ((opcode == Opcode.CONTINUATION) != inMessage) {
            throw new FrameException("opcode: " + opcode.code() + (inMessage ? " inside" : " outside")
                    + " of a fragmented message (expected: " + (inMessage ? "0" : "1 or 2") + ")");
        }
    }

    private long length() {
        int seven = header[1] & 0x7f;
        if (seven < 126) {
            return seven;
        }
        int bytes = seven == 126 ? 2 : 8;
        long length = 0;
        for (int i = 0; i < bytes; i++) {
            length = length << 8 | header[2 + i] & 0xff;
        }
        return length;
    }

    private int fourBytes(int at) {
        return (header[at] & 0xff) << 24
                | (header[at + 1] & 0xff) << 16
                | (header[at + 2] & 0xff) << 8
                | header[at + 3] & 0xff;
    }

    private void readPayload(ByteBuf in, Sink sink) {
        int length = (int) Math.min(left, in.readableBytes());
        if (length == 0) {
            return;
        }
        if (masked) {
            mask = Mask.apply(in, in.readerIndex(), length, mask);
        }
        left -= length;
        if (opcode.isControl()) {
            in.readBytes(control, controlRead, length);
            controlRead += length;
        } else {
            sink.data(in.readRetainedSlice(length));
        }
    }

    private void endFrame(Sink sink) throws FrameException {
        inPayload = false;
        if (!opcode.isControl()) {
            inMessage = !last;
            return;
        }
        byte[] payload = Arrays.copyOf(control, controlRead);
        controlRead = 0;
        if (opcode == Opcode.PING) {
            sink.ping(payload);
        } else if (opcode == Opcode.CLOSE) {
            closed = true;
            sink.close(code(payload));
        }
    }

    private static int code(byte[] payload) throws FrameException {
        if (payload.length == 1) {
            throw new FrameException("close frame: 1 byte (expected: none, or a code of two)");
        }
        return payload.length == 0 ? FrameWriter.NO_CODE : (payload[0] & 0xff) << 8 | payload[1] & 0xff;
    }
}
