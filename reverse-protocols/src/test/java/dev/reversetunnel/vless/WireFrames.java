package dev.reversetunnel.vless;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What one end of a tunnel sends, taken apart by hand: frame by frame, and put together for each session. */
final class WireFrames {
    private static final int NEW = 1;
    private static final int KEEP = 2;
    private static final int END = 3;
    private static final int DATA = 1;
    private static final int ERROR = 2;

    private final DataInputStream in;
    private final Map<Integer, Frame> openings = new HashMap<>();
    private final Map<Integer, Frame> ends = new HashMap<>();
    private final Map<Integer, ByteArrayOutputStream> data = new HashMap<>();

    WireFrames(InputStream in) {
        this.in = new DataInputStream(in);
    }

    /** The New of a session. */
    Frame opening(int session) throws IOException {
        readUntil(() -> openings.containsKey(session));
        return openings.get(session);
    }

    /** The End of a session. */
    Frame end(int session) throws IOException {
        readUntil(() -> ends.containsKey(session));
        return ends.get(session);
    }

    /** All data of a session, once there is so much. */
    byte[] data(int session, int count) throws IOException {
        ByteArrayOutputStream bytes = data.computeIfAbsent(session, id -> new ByteArrayOutputStream());
        readUntil(() -> bytes.size() >= count);
        return bytes.toByteArray();
    }

    /** The next frame that is like that. */
    Frame next(Predicate<Frame> like) throws IOException {
        Frame frame = read();
        while (!like.test(frame)) {
            frame = read();
        }
        return frame;
    }

    private void readUntil(BooleanSupplier enough) throws IOException {
        while (!enough.getAsBoolean()) {
            read();
        }
    }

    private Frame read() throws IOException {
        byte[] metadata = in.readNBytes(in.readUnsignedShort());
        byte[] payload = (metadata[3] & DATA) != 0 ? in.readNBytes(in.readUnsignedShort()) : null;
        Frame frame = new Frame(metadata, payload);
        switch (frame.status()) {
            case NEW -> openings.put(frame.session(), frame);
            case END -> ends.put(frame.session(), frame);
            default -> {}
        }
        if (payload != null && (frame.status() == NEW || frame.status() == KEEP)) {
            data.computeIfAbsent(frame.session(), id -> new ByteArrayOutputStream())
                    .writeBytes(payload);
        }
        return frame;
    }

    /** One frame. */
    static final class Frame {
        private final byte[] metadata;
        private final byte @Nullable [] payload;

        private Frame(byte[] metadata, byte @Nullable [] payload) {
            this.metadata = metadata;
            this.payload = payload;
        }

        int session() {
            return (metadata[0] & 0xff) << 8 | (metadata[1] & 0xff);
        }

        private int status() {
            return metadata[2];
        }

        boolean isError() {
            return (metadata[3] & ERROR) != 0;
        }

        /** What stands behind the fixed part. */
        byte[] addresses() {
            return Arrays.copyOfRange(metadata, 4, metadata.length);
        }

        /** All of it, as it came. */
        byte[] bytes() {
            ByteBuf whole = Unpooled.buffer().writeShort(metadata.length).writeBytes(metadata);
            if (payload != null) {
                whole.writeShort(payload.length).writeBytes(payload);
            }
            return ByteBufUtil.getBytes(whole);
        }
    }
}
