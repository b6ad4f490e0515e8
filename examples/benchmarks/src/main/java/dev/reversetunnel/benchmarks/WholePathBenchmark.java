package dev.reversetunnel.benchmarks;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
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
 * The whole path of a byte, on one thread: visitor, portal's relay, mux, carrier's cipher, and back through all of it
 * to bridge's relay and origin.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.CUSTOM, LoopThreads.CLASS, LoopThreads.NO_SAMPLES})
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class WholePathBenchmark {
    private static final int FRAME_BYTES = 16_360;
    /** As a read of a socket brings them. */
    private static final int FRAMES_PER_READ = 4;

    private static final int READS = 4;
    private static final int FRAMES = READS * FRAMES_PER_READ;

    private static final int REQUEST_BYTES = 200;
    private static final int ANSWER_BYTES = 400;

    @Param
    public Carrier carrier;

    /** Whether both ends take each other for V2Ray. */
    @Param({"false", "true"})
    public boolean foreign;

    private WholePath path;
    private WholePath.Way way;
    private ByteBuf read;
    private ByteBuf request;
    private ByteBuf answer;

    /**
     * Opens a tunnel, and a session in it.
     *
     * @throws IOException if there is no certificate
     */
    @Setup
    public void open() throws IOException {
        read = zeros(FRAMES_PER_READ * FRAME_BYTES);
        request = zeros(REQUEST_BYTES);
        answer = zeros(ANSWER_BYTES);
        path = new WholePath(carrier, foreign);
        way = path.open(request.retainedDuplicate());
        way.awaitRequest(REQUEST_BYTES);
    }

    private static ByteBuf zeros(int bytes) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
    }

    @TearDown
    public void close() {
        way.close();
        path.close();
        read.release();
        request.release();
        answer.release();
    }

    /** One frame of a bulk transfer. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long frame_down() {
        return way.download(read, READS);
    }

    /** One frame of a bulk transfer the other way. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long frame_up() {
        return way.upload(read, READS);
    }

    /** A request of 200 bytes and an answer of 400, on a session that is open. */
    @Benchmark
    public long request_and_answer() {
        return way.upload(request, 1) + way.download(answer, 1);
    }

    /** The same on a session of its own: a visitor comes, asks, is answered, and leaves. */
    @Benchmark
    public long session_with_request_and_answer() {
        WholePath.Way one = path.open(request.retainedDuplicate());
        one.awaitRequest(REQUEST_BYTES);
        long answered = one.download(answer, 1);
        one.close();
        return answered;
    }
}
