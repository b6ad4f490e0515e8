package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** A frame as tests read it: {@code New 1 tcp:web:80 'hi'}, {@code Keep 1 'abc'}, {@code End 1 error}. */
final class FrameText {
    private static final int SHOWN = 32;

    private FrameText() {}

    static String of(MuxFrame frame) {
        String text = frame.getClass().getSimpleName() + " " + frame.sessionId();
        if (frame instanceof MuxFrame.New opening) {
            text += " " + opening.destination();
        } else if (frame instanceof MuxFrame.Keep keep && keep.packetAddress() != null) {
            text += " @" + keep.packetAddress();
        } else if (frame instanceof MuxFrame.End end && end.isError()) {
            text += " error";
        }
        return frame.hasData() ? text + " " + payload(frame.payload()) : text;
    }

    /** Short payloads as text, long ones by their length. */
    private static String payload(ByteBuf bytes) {
        return bytes.readableBytes() <= SHOWN
                ? "'" + bytes.toString(StandardCharsets.ISO_8859_1) + "'"
                : "(" + bytes.readableBytes() + ")";
    }
}
