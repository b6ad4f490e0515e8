package dev.reversetunnel.vless;

import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
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
import org.openjdk.jmh.annotations.Warmup;

/**
 * The header of a VLESS request, once a connection. What follows is plain, and is passed on as it is: see the carrier
 * VLESS of {@link dev.reversetunnel.benchmarks.WholePathBenchmark}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls prepare()
public class VlessHeaderBenchmark {
    /** How many users the server knows; the one who asks is the last of them. */
    @Param({"1", "100"})
    public int users;

    private UserSearch search;
    private UserId id;
    private VlessRequest request;
    private ByteBuf header;

    @Setup
    public void prepare() {
        List<VlessUser> known = IntStream.range(0, users)
                .mapToObj(i -> new VlessUser("user " + i, UserId.of(new UUID(users, i)), false))
                .toList();
        search = new UserSearch(known);
        id = known.get(users - 1).id();
        request = VlessRequest.connect(Destination.tcp("origin.example", 80));
        header = Unpooled.wrappedBuffer(RequestHeader.encode(id, request));
    }

    /** The client's part. */
    @Benchmark
    public byte[] write() {
        return RequestHeader.encode(id, request);
    }

    /** The server's part. */
    @Benchmark
    public @Nullable Object read() {
        return new RequestHeaderDecoder(search).read(header.readerIndex(0));
    }
}
