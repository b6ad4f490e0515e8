package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
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
 * Bytes through the chunk handlers of both ends: sealed by one, opened by the other, since a chunk can be opened only
 * once and in order. What it takes more than the cipher alone, see
 * {@link dev.reversetunnel.benchmarks.ChunkCipherBenchmark}, is ours.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class VmessChunkBenchmark {
    private static final int WRITES = 8;

    /** What one write brings. */
    @Param({"64", "2048", "16368"})
    public int bytes;

    @Param({"AES_128_GCM", "CHACHA20_POLY1305", "NONE"})
    public VmessSecurity security;

    private EmbeddedChannel sealing;
    private EmbeddedChannel opening;
    private ByteBuf payload;

    @Setup
    public void open() {
        int options = VmessRequest.CHUNK_STREAM | VmessRequest.CHUNK_MASKING | VmessRequest.GLOBAL_PADDING;
        Randomness randomness = Randomness.secure();
        VmessRequest request =
                VmessRequest.random(Destination.tcp("origin.example", 80), security, options, randomness);
        sealing = new EmbeddedChannel(VmessChunkEncoder.of(ChunkFormat.ofRequest(request, null), request, randomness));
        opening =
                new EmbeddedChannel(VmessChunkDecoder.of(ChunkFormat.ofRequest(request, null), request, failure -> {}));
        sealing.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        opening.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        payload = PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
    }

    @TearDown
    public void close() {
        sealing.finishAndReleaseAll();
        opening.finishAndReleaseAll();
        payload.release();
    }

    /** Time for one write with a flush of its own. */
    @Benchmark
    public int each_write_flushed() {
        sealing.write(payload.retainedDuplicate());
        sealing.flush();
        return openAll();
    }

    /** Time for one write of eight that share a flush, as those of many sessions do. */
    @Benchmark
    @OperationsPerInvocation(WRITES)
    public int eight_writes_share_a_flush() {
        for (int i = 0; i < WRITES; i++) {
            sealing.write(payload.retainedDuplicate());
        }
        sealing.flush();
        return openAll();
    }

    private int openAll() {
        for (Object chunk = sealing.readOutbound(); chunk != null; chunk = sealing.readOutbound()) {
            opening.writeInbound(chunk);
        }
        int read = 0;
        for (ByteBuf plain = opening.readInbound(); plain != null; plain = opening.readInbound()) {
            read += plain.readableBytes();
            plain.release();
        }
        return read;
    }
}
