package dev.reversetunnel.mux;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Keep frames through decoder and encoder, as objects, for who brings handlers of his own. A {@link MuxConnection}
 * makes none of a stream's bytes, see {@link MuxSessionBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class MuxFrameCodecBenchmark {
    private static final int FRAMES = 4;

    @Param({"64", "16360", "65535"})
    public int payloadBytes;

    private EmbeddedChannel decoding;
    private EmbeddedChannel encoding;
    private ByteBuf wire;
    private ByteBuf payload;

    @Setup
    public void open() {
        decoding = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL));
        encoding = new EmbeddedChannel(new MuxFrameEncoder());
        decoding.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        encoding.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        payload = PooledByteBufAllocator.DEFAULT.directBuffer(payloadBytes).writeZero(payloadBytes);
        wire = PooledByteBufAllocator.DEFAULT.directBuffer();
        for (int i = 0; i < FRAMES; i++) {
            // length 4, session 2, Keep, DATA; then the payload's length
            wire.writeShort(4).writeShort(2).writeByte(2).writeByte(1);
            wire.writeShort(payloadBytes).writeZero(payloadBytes);
        }
    }

    @TearDown
    public void close() {
        decoding.finishAndReleaseAll();
        encoding.finishAndReleaseAll();
        wire.release();
        payload.release();
    }

    /** Time for one frame. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int decode() {
        decoding.writeInbound(wire.retainedDuplicate());
        return drain(decoding.inboundMessages());
    }

    /** Time for one frame, with the flush shared by all. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public int encode() {
        for (int i = 0; i < FRAMES; i++) {
            encoding.write(new MuxFrame.Keep(2, payload.retainedDuplicate()));
        }
        encoding.flush();
        return drain(encoding.outboundMessages());
    }

    private static int drain(java.util.Queue<Object> messages) {
        int drained = 0;
        for (Object message = messages.poll(); message != null; message = messages.poll()) {
            ReferenceCountUtil.release(message);
            drained++;
        }
        return drained;
    }
}
