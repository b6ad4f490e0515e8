package dev.reversetunnel.mux;

import dev.reversetunnel.benchmarks.LoopThreads;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Instant;
import java.util.UUID;
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

/** Two mux connections and nothing between them: what is written to a session of one comes out of one of the other. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
        value = 1,
        jvmArgsAppend = {LoopThreads.CUSTOM, LoopThreads.CLASS, LoopThreads.NO_SAMPLES})
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls open()
public class MuxSessionBenchmark {
    private static final Destination ORIGIN = Destination.tcp("origin.example", 80);
    /** As a read of a socket brings them. */
    private static final int FRAMES = 4;

    /** Whether both ends speak the extension: credit, and half-close; if not, each takes the other for V2Ray. */
    @Param({"true", "false"})
    public boolean extended;

    private EmbeddedChannel portal;
    private EmbeddedChannel bridge;
    private MuxConnection mux;
    private MuxSession session;
    private ByteBuf read;
    private ByteBuf small;
    private long taken;

    @Setup
    public void open() {
        read = zeros(FRAMES * MuxOptions.DEFAULT.maxFramePayload());
        small = zeros(200);
        connect();
    }

    private void connect() {
        portal = carrier();
        bridge = carrier();
        mux = MuxConnection.install(portal, MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {});
        MuxConnection other = MuxConnection.install(bridge, MuxRole.SERVER, MuxOptions.DEFAULT, new MuxListener() {
            @Override
            public boolean acceptSession(MuxSession accepted) {
                return true;
            }

            @Override
            public void sessionOpened(MuxSession accepted) {
                accepted.pipeline().addLast(new Taking());
                accepted.config().setAutoRead(true);
            }
        });
        if (extended) {
            mux.hello(hello());
            other.hello(hello());
            pump();
        }
        session = mux.open(ORIGIN);
        carry(small);
        if (session.isExtended() != extended) {
            throw new IllegalStateException("extended: " + session.isExtended() + " (expected: " + extended + ")");
        }
    }

    private static EmbeddedChannel carrier() {
        EmbeddedChannel carrier = new EmbeddedChannel();
        carrier.config().setAllocator(PooledByteBufAllocator.DEFAULT);
        return carrier;
    }

    private static MuxHello hello() {
        return new MuxHello(MuxHello.DEFAULT_CREDIT, new UUID(0, 0), Instant.EPOCH, 0, "");
    }

    private static ByteBuf zeros(int bytes) {
        return PooledByteBufAllocator.DEFAULT.directBuffer(bytes).writeZero(bytes);
    }

    @TearDown
    public void close() {
        disconnect();
        read.release();
        small.release();
    }

    private void disconnect() {
        portal.finishAndReleaseAll();
        bridge.finishAndReleaseAll();
    }

    /** One frame of 16,360 bytes, of a bulk transfer. */
    @Benchmark
    @OperationsPerInvocation(FRAMES)
    public long bulk_frame() {
        return carry(read);
    }

    /** One frame of 200 bytes. */
    @Benchmark
    public long small_frame() {
        return carry(small);
    }

    /** A session is opened with 200 bytes, and closed. Without the extension, a connection is worn out by 32,768. */
    @Benchmark
    public long open_and_close() {
        if (!mux.canOpen()) {
            disconnect();
            connect();
        }
        MuxSession opened = mux.open(ORIGIN);
        opened.write(small.retainedDuplicate(), opened.voidPromise());
        opened.flush();
        pump();
        opened.close();
        pump();
        return taken;
    }

    private long carry(ByteBuf bytes) {
        session.write(bytes.retainedDuplicate(), session.voidPromise());
        session.flush();
        pump();
        return taken;
    }

    private void pump() {
        boolean moved = true;
        while (moved) {
            portal.runPendingTasks();
            bridge.runPendingTasks();
            moved = move(portal, bridge);
            moved |= move(bridge, portal);
        }
    }

    private static boolean move(EmbeddedChannel from, EmbeddedChannel to) {
        Object bytes = from.outboundMessages().poll();
        if (bytes == null) {
            return false;
        }
        for (; bytes != null; bytes = from.outboundMessages().poll()) {
            to.pipeline().fireChannelRead(bytes);
        }
        to.pipeline().fireChannelReadComplete();
        return true;
    }

    private final class Taking extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            taken += bytes.readableBytes();
            bytes.release();
        }
    }
}
