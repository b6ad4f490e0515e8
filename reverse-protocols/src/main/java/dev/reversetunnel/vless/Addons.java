package dev.reversetunnel.vless;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;

/**
 * The addons of a header: a protobuf message of at most 255 bytes, of which field 1 is the flow. All other fields are
 * skipped, field 2 (a seed) among them, as V2Ray and Xray do.
 *
 * @see <a href="https://protobuf.dev/programming-guides/encoding/">Protocol Buffers, Encoding</a>
 */
final class Addons {
    private static final int FLOW_FIELD = 1;

    private static final int VARINT = 0;
    private static final int EIGHT_BYTES = 1;
    private static final int LENGTH_DELIMITED = 2;
    private static final int GROUP = 3;
    private static final int END_OF_GROUP = 4;
    private static final int FOUR_BYTES = 5;

    private static final int LONGEST_VARINT = 10;
    private static final long MAX_FIELD = (1 << 29) - 1;

    private final ByteBuf in;
    private String flow = "";

    private Addons(ByteBuf in) {
        this.in = in;
    }

    /**
     * Reads a message.
     *
     * @param message the whole of it
     * @return its flow; empty if there is none
     * @throws CarrierException if it is broken
     */
    static String flow(byte[] message) {
        Addons addons = new Addons(Unpooled.wrappedBuffer(message));
        while (addons.in.isReadable()) {
            addons.readField(addons.varint());
        }
        return addons.flow;
    }

    private void readField(long tag) {
        long field = tag >>> 3;
        int type = (int) (tag & 7);
        if (field < 1 || field > MAX_FIELD) {
            throw broken("field " + Long.toUnsignedString(field));
        }
        switch (type) {
            case VARINT -> varint();
            case EIGHT_BYTES -> skip(Long.BYTES);
            case LENGTH_DELIMITED -> readBytes(field);
            case GROUP -> skipGroup(field);
            case FOUR_BYTES -> skip(Integer.BYTES);
            default -> throw broken("wire type " + type);
        }
    }

    private void readBytes(long field) {
        long length = varint();
        if (length < 0 || length > in.readableBytes()) {
            throw broken("a field that is longer than the message");
        }
        if (field == FLOW_FIELD) {
            flow = in.readCharSequence((int) length, StandardCharsets.UTF_8).toString();
        } else {
            in.skipBytes((int) length);
        }
    }

    /** What is inside a group is no field of ours, whatever its number. */
    private void skipGroup(long field) {
        String before = flow;
        for (long tag = varint(); tag != (field << 3 | END_OF_GROUP); tag = varint()) {
            readField(tag);
        }
        flow = before;
    }

    private void skip(int length) {
        if (in.readableBytes() < length) {
            throw broken("a field that is longer than the message");
        }
        in.skipBytes(length);
    }

    private long varint() {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT && in.isReadable(); i++) {
            byte next = in.readByte();
            value |= (next & 0x7fL) << (7 * i);
            if (next >= 0) {
                return value;
            }
        }
        throw broken("a number without an end");
    }

    private static CarrierException broken(String what) {
        return new CarrierException(Reason.OPTION, "addons: " + what + " (expected: a protobuf message)");
    }
}
