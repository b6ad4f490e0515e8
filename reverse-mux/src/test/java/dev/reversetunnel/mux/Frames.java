package dev.reversetunnel.mux;

import com.google.gson.JsonObject;
import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Frames from the documents of golden vectors, and a codec to try them on. */
final class Frames {
    private Frames() {}

    /** The frame that a JSON object tells of: a vector's {@code meta}, a decoder's column, or a line of a recording. */
    static MuxFrame of(JsonObject fields, JsonObject vector, ByteBuf payload) {
        int id = fields.get("session_id").getAsInt();
        int options = fields.get("option").getAsInt();
        return switch (fields.get("status").getAsString()) {
            case "NEW" -> new MuxFrame.New(id, options, target(fields), visitor(fields), globalId(vector), payload);
            case "KEEP" -> new MuxFrame.Keep(id, options, packetAddress(fields, vector), payload);
            case "END" -> new MuxFrame.End(id, options, payload);
            case "KEEPALIVE" -> new MuxFrame.KeepAlive(id, options, payload);
            default -> throw new IllegalArgumentException(fields.get("status").getAsString());
        };
    }

    /** The data field of a vector. */
    static ByteBuf data(JsonObject vector) {
        return vector.has("data") ? Hex.buffer(vector.get("data").getAsString()) : Unpooled.EMPTY_BUFFER;
    }

    /** The bytes of a frame, by the encoder. */
    static String encode(MuxFrame frame) {
        var channel = new EmbeddedChannel(new MuxFrameEncoder());
        channel.writeOutbound(frame);
        return drain(channel);
    }

    /** All that was written, as hex; released. */
    static String drain(EmbeddedChannel channel) {
        StringBuilder hex = new StringBuilder();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            hex.append(Hex.of(out));
            out.release();
        }
        channel.finishAndReleaseAll();
        return hex.toString();
    }

    /** The frames in some bytes, fed whole; their payload needs no release. Rethrows what the decoder fires. */
    static List<MuxFrame> decode(MuxDialect dialect, byte[] bytes) {
        var channel = new EmbeddedChannel(new MuxFrameDecoder(dialect));
        channel.writeInbound(Unpooled.wrappedBuffer(bytes));
        List<MuxFrame> frames = new ArrayList<>();
        for (MuxFrame frame = channel.readInbound(); frame != null; frame = channel.readInbound()) {
            frames.add(frame);
        }
        channel.finish();
        return frames;
    }

    private static Destination target(JsonObject fields) {
        Destination target = address(fields, "target");
        if (target == null) {
            throw new IllegalArgumentException("New without a target");
        }
        return target;
    }

    private static @Nullable Visitor visitor(JsonObject fields) {
        Destination source = address(fields, "source");
        return source == null ? null : new Visitor(source, address(fields, "local"));
    }

    private static @Nullable GlobalId globalId(JsonObject vector) {
        return vector.has("global_id")
                ? new GlobalId(new BigInteger(vector.get("global_id").getAsString(), 16).longValue())
                : null;
    }

    /** The decoders' columns call it target. */
    private static @Nullable Destination packetAddress(JsonObject fields, JsonObject vector) {
        Destination inVector = address(vector, "packet_address");
        return inVector == null ? address(fields, "target") : inVector;
    }

    private static @Nullable Destination address(JsonObject fields, String name) {
        if (!fields.has(name)) {
            return null;
        }
        JsonObject address = fields.getAsJsonObject(name);
        return new Destination(
                address.get("network").getAsString().equals("udp") ? Network.UDP : Network.TCP,
                address.get("address").getAsString(),
                address.get("port").getAsInt());
    }
}
