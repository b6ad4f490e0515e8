package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonObject;
import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Broken input of all kinds, made from the golden vectors: nothing but a {@link MuxException} comes out, at most one,
 * and no buffer stays. {@code -Dfuzz.inputs=50000000} makes it longer, {@code -Dfuzz.seed=2} different.
 */
@ExtendWith(BufferLeakExtension.class)
class MuxFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 1_000_000);
    private static final long SEED = Long.getLong("fuzz.seed", 1);
    private static final int FLIPPED_BYTES = 128;
    /** Scratch, and what a payload's copied pieces take beyond the bytes that came. */
    private static final int HELD_BESIDE_INPUT = 4096;

    private static final byte[] EDGES = {0, 1, 2, 3, 4, 5, 7, 8, (byte) 0x7f, (byte) 0x80, (byte) 0xfe, (byte) 0xff};

    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false, true);
    private final Outcome outcome = new Outcome();
    private final EmbeddedChannel channel = new EmbeddedChannel(outcome);
    private int lastFrames;

    MuxFuzzTest() {
        channel.config().setAllocator(allocator);
    }

    @AfterEach
    void nothing_is_held() {
        channel.finish();
        then(used()).isZero();
    }

    @Test
    void a_frame_that_is_cut_anywhere_is_a_truncated_stream_or_nothing() {
        for (JsonObject vector : vectors("mux-frames.json")) {
            byte[] frame = Hex.bytes(vector.get("hex").getAsString());
            MuxDialect dialect =
                    vector.get("name").getAsString().startsWith("rvs-") ? MuxDialect.VLESS_REVERSE : MuxDialect.COOL;
            for (int length = 0; length < frame.length; length++) {
                then(feedWhole(dialect, frame, length))
                        .as("%s cut at %d", vector.get("name"), length)
                        .isEqualTo(length == 0 ? List.of() : List.of(Reason.TRUNCATED_STREAM));
            }
            then(feedWhole(dialect, frame, frame.length)).isEmpty();
        }
    }

    @Test
    void a_flipped_bit_is_a_broken_rule_or_another_frame() {
        int broken = 0;
        for (byte[] input : inputs()) {
            for (int bit = 0; bit < 8 * Math.min(FLIPPED_BYTES, input.length); bit++) {
                byte[] flipped = input.clone();
                flipped[bit / 8] ^= (byte) (1 << (bit % 8));
                for (MuxDialect dialect : MuxDialect.values()) {
                    List<Reason> reasons = feedWhole(dialect, flipped, flipped.length);
                    then(reasons.size()).isLessThanOrEqualTo(1);
                    broken += reasons.size();
                }
            }
        }
        then(broken).isGreaterThan(1000);
    }

    @Test
    void mutated_streams_break_rules_and_nothing_else() {
        List<byte[]> seeds = inputs();
        var random = new Random(SEED);
        int broken = 0;
        int frames = 0;
        for (int i = 0; i < INPUTS; i++) {
            byte[] input = mutate(random, seeds);
            MuxDialect dialect = random.nextBoolean() ? MuxDialect.COOL : MuxDialect.VLESS_REVERSE;
            List<Reason> reasons = feedPieces(dialect, input, random);
            if (reasons.size() > 1) {
                then(reasons).as("input %d, seed %d", i, SEED).hasSizeLessThanOrEqualTo(1);
            }
            broken += reasons.size();
            frames += lastFrames;
        }
        then(broken).isGreaterThan(INPUTS / 4);
        then(frames).isGreaterThan(INPUTS / 4);
    }

    /** The first bytes of the input, whole; then the end. */
    private List<Reason> feedWhole(MuxDialect dialect, byte[] input, int length) {
        channel.pipeline().addFirst("decoder", new MuxFrameDecoder(dialect));
        feedPiece(input, 0, length);
        return end();
    }

    /** In pieces; then the end. */
    private List<Reason> feedPieces(MuxDialect dialect, byte[] input, Random random) {
        channel.pipeline().addFirst("decoder", new MuxFrameDecoder(dialect));
        int largest = random.nextBoolean() ? input.length + 1 : 1 << (4 + random.nextInt(9));
        for (int at = 0; at < input.length; ) {
            int piece = Math.min(input.length - at, 1 + random.nextInt(largest));
            feedPiece(input, at, piece);
            at += piece;
        }
        return end();
    }

    private List<Reason> end() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.pipeline().remove("decoder");
        return judge();
    }

    private void feedPiece(byte[] input, int at, int length) {
        channel.pipeline().fireChannelRead(allocator.heapBuffer(length).writeBytes(input, at, length));
        if (used() > at + length + HELD_BESIDE_INPUT) {
            throw new AssertionError(used() + " bytes are held for " + (at + length));
        }
    }

    private List<Reason> judge() {
        List<Reason> reasons = List.of();
        lastFrames = 0;
        boolean ended = false;
        for (Object one : outcome.all) {
            if (ended) {
                throw new AssertionError("after the end: " + one);
            }
            if (one instanceof MuxFrame frame) {
                if (!reasons.isEmpty()) {
                    throw new AssertionError("a frame after " + reasons);
                }
                lastFrames++;
                frame.release();
            } else if (one instanceof MuxException e) {
                reasons = reasons.isEmpty() ? List.of(e.reason()) : outcome.reasons();
            } else if (one.equals("input shutdown")) {
                ended = true;
            } else {
                throw new AssertionError("not a MuxException: " + one, one instanceof Throwable t ? t : null);
            }
        }
        outcome.all.clear();
        if (used() != 0) {
            throw new AssertionError(used() + " bytes are still held");
        }
        return reasons;
    }

    private static byte[] mutate(Random random, List<byte[]> seeds) {
        ByteBuf stream = Unpooled.buffer();
        for (int i = 1 + random.nextInt(3); i > 0; i--) {
            byte[] frame = seeds.get(random.nextInt(seeds.size()));
            int at = stream.writerIndex();
            stream.writeBytes(frame);
            if (frame.length >= 6) {
                mutateFrame(random, stream, at, frame.length);
            }
        }
        int length = stream.readableBytes();
        if (random.nextInt(4) == 0 && length > 0) {
            length = random.nextInt(length);
        }
        byte[] bytes = new byte[length];
        stream.readBytes(bytes);
        return bytes;
    }

    /** Half of the frames stay whole, so that what follows them is read as a frame. */
    private static void mutateFrame(Random random, ByteBuf stream, int at, int length) {
        switch (random.nextInt(10)) {
            case 0 -> stream.setShort(at, random.nextInt(600));
            case 1 -> stream.setByte(at + 4, random.nextInt(6));
            case 2 -> stream.setByte(at + 5, random.nextInt(256));
            case 3 -> stream.setByte(at + random.nextInt(length), EDGES[random.nextInt(EDGES.length)]);
            case 4 -> {
                int bit = random.nextInt(8 * length);
                stream.setByte(at + bit / 8, stream.getByte(at + bit / 8) ^ (1 << (bit % 8)));
            }
            case 5 -> {
                int grown = random.nextInt(8);
                stream.writeZero(grown);
                stream.setShort(at, stream.getUnsignedShort(at) + grown);
            }
            default -> {}
        }
    }

    private static List<byte[]> inputs() {
        List<byte[]> inputs = new ArrayList<>();
        Stream.concat(vectors("mux-frames.json").stream(), vectors("mux-malformed.json").stream())
                .map(vector -> Hex.bytes(vector.get("hex").getAsString()))
                .forEach(inputs::add);
        return inputs;
    }

    private static List<JsonObject> vectors(String file) {
        return Vectors.objects(Vectors.load(MuxFuzzTest.class, file).getAsJsonArray("vectors"));
    }

    private long used() {
        return allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory();
    }
}
