package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.codec.CorruptedFrameException;
import java.util.random.RandomGenerator;

/**
 * What a portal says in its control session: heartbeat, or drain. One protobuf message a datagram.
 *
 * <pre>
 * field 1, varint: state, 0 = ACTIVE (absent), 1 = DRAIN; every other value counts as not active
 * field 99, bytes: random noise
 * </pre>
 *
 * <p>Source: v2ray-core {@code app/reverse/config.proto}; V2Ray 4 to Xray 26 are alike.
 */
enum ControlMessage {
    ACTIVE,
    DRAIN;

    /** An ACTIVE without noise would be empty, which no datagram can be (V2Ray leaves out one heartbeat in 64 so). */
    private static final int MAX_NOISE = 63;

    private static final int STATE_TAG = 0x08;
    private static final int NOISE_TAG_1 = 0x9a;
    private static final int NOISE_TAG_2 = 0x06;

    private static final int VARINT = 0;
    private static final int FIXED64 = 1;
    private static final int BYTES = 2;
    private static final int FIXED32 = 5;

    /** The message's bytes, with 1 to 63 bytes of noise. */
    ByteBuf encode(ByteBufAllocator allocator, RandomGenerator random) {
        byte[] noise = new byte[1 + random.nextInt(MAX_NOISE)];
        random.nextBytes(noise);
        return encode(allocator, noise);
    }

    ByteBuf encode(ByteBufAllocator allocator, byte[] noise) {
        ByteBuf out = allocator.buffer(5 + noise.length);
        if (this == DRAIN) {
            out.writeByte(STATE_TAG).writeByte(1);
        }
        if (noise.length > 0) {
            out.writeByte(NOISE_TAG_1).writeByte(NOISE_TAG_2).writeByte(noise.length);
            out.writeBytes(noise);
        }
        return out;
    }

    /**
     * Reads a message: fields in any order, unknown ones skipped, the last state wins.
     *
     * @throws CorruptedFrameException if it is no protobuf message
     */
    static ControlMessage decode(ByteBuf in) {
        long state = 0;
        while (in.isReadable()) {
            long tag = varint(in);
            int type = (int) (tag & 7);
            if (tag >>> 3 == 0) {
                throw new CorruptedFrameException("field number: 0 (expected: at least 1)");
            }
            if (tag == STATE_TAG) {
                state = varint(in);
            } else {
                skip(in, type);
            }
        }
        return (int) state == 0 ? ACTIVE : DRAIN;
    }

    private static void skip(ByteBuf in, int type) {
        long length = switch (type) {
            case VARINT -> {
                varint(in);
                yield 0;
            }
            case FIXED64 -> 8;
            case BYTES -> varint(in);
            case FIXED32 -> 4;
            default -> throw new CorruptedFrameException("wire type: " + type + " (expected: 0, 1, 2, 5)");
        };
        if (length < 0 || length > in.readableBytes()) {
            throw new CorruptedFrameException(
                    "field: " + length + " bytes (expected: at most " + in.readableBytes() + ")");
        }
        in.skipBytes((int) length);
    }

    private static long varint(ByteBuf in) {
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (!in.isReadable()) {
                throw new CorruptedFrameException("varint: cut");
            }
            byte next = in.readByte();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new CorruptedFrameException("varint: more than 10 bytes");
    }
}
