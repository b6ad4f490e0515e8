package dev.reversetunnel.geo;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;

/**
 * Reads a protobuf message field by field, with protobuf's own runtime.
 *
 * <p>No signature of a class here names a type of that library: whoever has no such files can do without it, and a
 * reflection on these classes must find all that they name.
 */
final class Message {
    private Message() {}

    /** Hears fields. What is of no interest is not told apart from what is not known. */
    interface Fields {
        /** A number, or true as 1. */
        default void number(int field, long value) {}

        /** A text, some bytes, or a message. */
        default void part(int field, Slice value) throws IOException {}
    }

    /** Reads all fields. */
    static void read(Slice message, Fields fields) throws IOException {
        CodedInputStream in = CodedInputStream.newInstance(message.bytes(), message.from(), message.length());
        for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
            int field = WireFormat.getTagFieldNumber(tag);
            switch (WireFormat.getTagWireType(tag)) {
                case WireFormat.WIRETYPE_VARINT -> fields.number(field, in.readInt64());
                case WireFormat.WIRETYPE_LENGTH_DELIMITED -> {
                    int length = in.readRawVarint32();
                    int from = message.from() + in.getTotalBytesRead();
                    in.skipRawBytes(length); // checks that they are there
                    fields.part(field, new Slice(message.bytes(), from, length));
                }
                default -> in.skipField(tag);
            }
        }
    }
}
