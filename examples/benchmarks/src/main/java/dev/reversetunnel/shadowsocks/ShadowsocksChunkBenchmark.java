package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.benchmarks.LoopThreads;
import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.body.ChunkReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Bytes through the chunk handlers of both ends, behind the headers: sealed by one, opened by the other. A chunk is two
 * calls of a cipher each way, one of them for its length.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.CUSTOM, LoopThreads.CLASS, LoopThreads.NO_SAMPLES})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class ShadowsocksChunkBenchmark {
    /** What one write brings. */
    @Param({"64", "2048", "16368", "32768"})
    public int bytes;

    @Param({"BLAKE3_AES_128_GCM_2022", "BLAKE3_AES_256_GCM_2022"})
    public ShadowsocksMethod method;

    private EmbeddedChannel sealing;
    private EmbeddedChannel opening;
    private ByteBuf payload;

    @Setup
    public void open() {
        UserKey key = UserKey.of(method, "password", method.newPassword());
        byte[] salt = new byte[method.saltBytes()];
        StreamCipher opener = new StreamCipher(method, key, salt, null);
        sealing = new EmbeddedChannel(new BodyEncoder(new Chunks(method, new StreamCipher(method, key, salt, null))));
        opening = new EmbeddedChannel(
                new BodyDecoder(new ChunkReader(new StreamOpener(method, opener), false), null, failure -> {
                    throw failure;
                }));
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

    /** One write with a flush of its own. */
    @Benchmark
    public int each_write_flushed() {
        sealing.write(payload.retainedDuplicate(), sealing.voidPromise());
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

    /** Without the headers in front of the first chunk. */
    private static final class Chunks extends StreamSealer {
        Chunks(ShadowsocksMethod method, StreamCipher cipher) {
            super(method, cipher);
        }

        @Override
        int begin(byte[] plain, int offset, int size, byte[] out, int outOffset) {
            return chunk(plain, offset, size, out, outOffset);
        }
    }
}
