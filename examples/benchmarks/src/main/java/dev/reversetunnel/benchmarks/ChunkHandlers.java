package dev.reversetunnel.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Bytes through the chunk handlers of both ends: sealed by one, opened by the other, since a chunk can be opened only
 * once and in order. What it takes more than the cipher alone, see {@link ChunkCipherBenchmark}, is ours.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.CUSTOM, LoopThreads.CLASS, LoopThreads.NO_SAMPLES})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // a subclass opens it when JMH has filled in its parameters
public abstract class ChunkHandlers {
    private static final int WRITES = 8;

    private EmbeddedChannel sealing;
    private EmbeddedChannel opening;
    private ByteBuf payload;

    /** For a subclass. */
    protected ChunkHandlers() {}

    /**
     * Makes both ends.
     *
     * @param sealer plain bytes to chunks
     * @param opener chunks to plain bytes
     * @param bytes what one write brings
     */
    protected final void open(ChannelHandler sealer, ChannelHandler opener, int bytes) {
        sealing = new EmbeddedChannel(sealer);
        opening = new EmbeddedChannel(opener);
        sealing.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        opening.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        payload = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
    }

    /** Nothing is left of them. */
    @TearDown
    public void close() {
        sealing.finishAndReleaseAll();
        opening.finishAndReleaseAll();
        payload.release();
    }

    /**
     * Time for one write with a flush of its own.
     *
     * @return how many bytes came out
     */
    @Benchmark
    public int each_write_flushed() {
        return carry(1);
    }

    /**
     * Time for one write of eight that share a flush, as those of many sessions do.
     *
     * @return how many bytes came out
     */
    @Benchmark
    @OperationsPerInvocation(WRITES)
    public int eight_writes_share_a_flush() {
        return carry(WRITES);
    }

    private int carry(int writes) {
        for (int i = 0; i < writes; i++) {
            sealing.write(payload.retainedDuplicate(), sealing.voidPromise());
        }
        sealing.flush();
        for (Object chunk = sealing.readOutbound(); chunk != null; chunk = sealing.readOutbound()) {
            opening.pipeline().fireChannelRead(chunk);
        }
        opening.pipeline().fireChannelReadComplete();
        int read = 0;
        for (ByteBuf plain = opening.readInbound(); plain != null; plain = opening.readInbound()) {
            read += plain.readableBytes();
            plain.release();
        }
        return read;
    }
}
