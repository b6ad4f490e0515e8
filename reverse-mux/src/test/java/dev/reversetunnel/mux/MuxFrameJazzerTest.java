package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Frames, and the records of the extension in them: whole or in pieces the same ones come out, up to one declared
 * exception; what was read can be written, and is read again as the same.
 */
class MuxFrameJazzerTest {
    static Stream<byte[]> vectors() {
        return Stream.of("mux-frames.json", "mux-malformed.json", "mux-extension.json")
                .flatMap(file ->
                        Vectors.objects(
                                Vectors.load(MuxFrameJazzerTest.class, file).getAsJsonArray("vectors"))
                                .stream())
                .flatMap(vector -> Stream.of("00 00", "01 07")
                        .map(choices -> Hex.bytes(choices + vector.get("hex").getAsString())));
    }

    @MethodSource("vectors")
    @FuzzTest
    void frames(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            MuxDialect dialect = choices.nextBoolean() ? MuxDialect.VLESS_REVERSE : MuxDialect.COOL;
            int piece = 1 + choices.nextInt(32);
            byte[] wire = choices.rest();
            List<String> whole = decode(dialect, wire, Math.max(1, wire.length), buffers);
            then(decode(dialect, wire, piece, buffers)).isEqualTo(whole);
        });
    }

    private static List<String> decode(MuxDialect dialect, byte[] wire, int piece, BoundedAllocator buffers) {
        Outcome outcome = new Outcome();
        EmbeddedChannel channel = Outcome.channel(dialect, outcome);
        channel.config().setAllocator(buffers);
        for (int at = 0; at < wire.length; at += piece) {
            channel.pipeline().fireChannelRead(buffers.input(wire, at, Math.min(piece, wire.length - at)));
        }
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        List<MuxFrame> frames = outcome.frames();
        List<String> seen = new ArrayList<>();
        for (MuxFrame frame : frames) {
            seen.add(text(frame));
            if (frame instanceof MuxFrame.KeepAlive keepAlive) {
                records(keepAlive.sessionId(), keepAlive.payload().duplicate(), buffers);
            }
        }
        List<Object> behind = outcome.all.subList(frames.size(), outcome.all.size());
        then(behind)
                .as("one exception at most, then the end")
                .hasSizeBetween(1, 2)
                .endsWith("input shutdown");
        writtenAndReadAgain(dialect, frames, seen, buffers);
        if (behind.size() > 1) {
            then(behind.get(0)).isInstanceOf(MuxException.class);
            seen.add("broken: " + ((MuxException) behind.get(0)).reason());
        }
        channel.finishAndReleaseAll();
        return seen;
    }

    private static String text(MuxFrame frame) {
        String text = FrameText.of(frame) + " " + ByteBufUtil.hexDump(frame.payload());
        if (frame instanceof MuxFrame.New opening) {
            text += " " + opening.visitor() + " " + opening.globalId();
        }
        return text;
    }

    private static void writtenAndReadAgain(
            MuxDialect dialect, List<MuxFrame> frames, List<String> texts, BoundedAllocator buffers) {
        EmbeddedChannel encoder = new EmbeddedChannel(new MuxFrameEncoder());
        encoder.config().setAllocator(buffers);
        Outcome outcome = new Outcome();
        EmbeddedChannel decoder = Outcome.channel(dialect, outcome);
        decoder.config().setAllocator(buffers);
        frames.forEach(encoder::writeOutbound);
        for (ByteBuf part = encoder.readOutbound(); part != null; part = encoder.readOutbound()) {
            decoder.writeInbound(part);
        }
        then(outcome.frames().stream().map(MuxFrameJazzerTest::text).toList()).isEqualTo(texts);
        outcome.releaseFrames();
        encoder.finishAndReleaseAll();
        decoder.finishAndReleaseAll();
    }

    private static void records(int sessionId, ByteBuf in, BoundedAllocator buffers) {
        for (MuxRecord one = MuxRecord.read(sessionId, in); one != null; one = MuxRecord.read(sessionId, in)) {
            ByteBuf written = buffers.buffer();
            one.write(written);
            then(MuxRecord.read(sessionId, written)).isEqualTo(one);
            then(written.isReadable()).isFalse();
            written.release();
        }
    }
}
