package dev.reversetunnel.vmess;

import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.OutputShutdown;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Client and server over real sockets, where ends are FIN and RST. */
@Timeout(60)
class VmessOverTcpTest implements InboundContext, Dialer {
    private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";
    private static final Destination ECHO = Destination.tcp("echo", 7);

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(2, NioIoHandler.newFactory());
    private final Transport tcp = Transport.tcp();
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> ends = new LinkedBlockingQueue<>();
    private final VmessServer server =
            Vmess.server(0).address("127.0.0.1").user("shop", ID).client().transport(tcp);
    private @Nullable Channel listener;

    @BeforeEach
    void listens() throws Exception {
        listener = server.start(this).sync().getNow();
    }

    @AfterEach
    void closes() {
        loops.shutdownGracefully(0, 5, SECONDS).syncUninterruptibly();
    }

    private int port() {
        Channel channel = listener;
        return channel == null ? 0 : ((InetSocketAddress) channel.localAddress()).getPort();
    }

    private VmessClient client() {
        return Vmess.client("127.0.0.1", port()).user(ID).transport(tcp);
    }

    @ParameterizedTest
    @EnumSource
    void echoes_megabytes_to_a_slow_reader_and_ends_cleanly(VmessSecurity security) throws Exception {
        int size = security.algorithm() == null || security == VmessSecurity.AUTO ? 20_000_000 : 6_000_000;
        CompletableFuture<Long> sum = new CompletableFuture<>();
        Channel channel = client().security(security)
                .connect(new Request(ECHO, "test"), this)
                .sync()
                .getNow();
        channel.pipeline().addLast(new Summing(size, sum));
        channel.config().setAutoRead(true);
        CRC32 sent = new CRC32();
        Random random = new Random(1);
        for (int at = 0; at < size; ) {
            byte[] bytes = new byte[Math.min(size - at, 1 + random.nextInt(200_000))];
            random.nextBytes(bytes);
            sent.update(bytes);
            at += bytes.length;
            channel.write(Unpooled.wrappedBuffer(bytes));
            if (random.nextInt(4) == 0) {
                channel.flush();
            }
        }
        channel.eventLoop().execute(() -> outputOf(channel).shutdownOutput());

        then(sum.get(50, SECONDS)).isEqualTo(sent.getValue());
        then(requests.take())
                .satisfies(request -> then(request.user()).isEqualTo("shop"))
                .satisfies(request -> then(request.grant()).isEqualTo(Grant.BOTH))
                .satisfies(request -> then(request.destination()).isEqualTo(ECHO));
        then(ends.poll(10, SECONDS)).isEqualTo("clean end");
        channel.close().sync();
    }

    private static OutputShutdown outputOf(Channel channel) {
        return (OutputShutdown)
                channel.pipeline().context(VmessChunkEncoder.class).handler();
    }

    @Test
    void a_stranger_gets_fin_without_a_byte_when_the_time_is_up() throws Exception {
        VmessServer impatient = server.handshakeTimeout(Duration.ofMillis(300));
        Channel other = impatient.start(this).sync().getNow();
        try (Socket stranger =
                new Socket(InetAddress.getLoopbackAddress(), ((InetSocketAddress) other.localAddress()).getPort())) {
            OutputStream out = stranger.getOutputStream();
            out.write(new byte[5_000]);
            out.flush();

            InputStream in = stranger.getInputStream();
            then(in.read()).as("FIN, not a byte and no RST").isEqualTo(-1);
        }
        await().untilAsserted(() ->
                then(impatient.counters().refused(Reason.UNKNOWN_USER)).isEqualTo(1));
    }

    @Test
    void a_connection_that_is_cut_inside_a_chunk_is_reset() throws Exception {
        VmessRequest request = VmessRequest.random(ECHO, VmessSecurity.AES_128_GCM, 0x05, Randomness.secure());
        byte[] header = RequestHeader.seal(UserKey.of(ID), request, clock().millis() / 1_000, Randomness.secure());
        try (Socket peer = new Socket(InetAddress.getLoopbackAddress(), port())) {
            peer.getOutputStream().write(header);
            peer.getOutputStream().write(new byte[10]);
            peer.shutdownOutput();

            thenThrownBy(() -> peer.getInputStream().readAllBytes())
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("reset");
        }
        then(ends.poll(10, SECONDS)).isEqualTo("failed: TRUNCATED");
        then(server.counters().refused(Reason.TRUNCATED)).isEqualTo(1);
    }

    @Test
    void a_wrong_id_shows_as_a_connection_that_closes_without_a_word() throws Exception {
        Channel other = server.handshakeTimeout(Duration.ofMillis(300))
                .start(this)
                .sync()
                .getNow();
        int port = ((InetSocketAddress) other.localAddress()).getPort();
        Channel channel = Vmess.client("127.0.0.1", port)
                .user("somebody else")
                .transport(tcp)
                .connect(new Request(ECHO, "test"), this)
                .sync()
                .getNow();
        Receiver receiver = new Receiver();
        channel.pipeline().addLast(receiver);
        channel.config().setAutoRead(true);
        channel.flush();

        channel.closeFuture().sync();
        then(receiver.cleanEnds()).isZero();
        then(requests).isEmpty();
    }

    @Test
    void a_client_without_a_user_or_encryption_does_not_connect() {
        Request request = new Request(ECHO, "test");

        thenThrownBy(() ->
                        Vmess.client("127.0.0.1", port()).connect(request, this).sync())
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("call user(...)");
        for (VmessSecurity plain : List.of(VmessSecurity.NONE, VmessSecurity.ZERO)) {
            thenThrownBy(() -> Vmess.client("192.0.2.1", 1024)
                            .user(ID)
                            .security(plain)
                            .connect(request, this)
                            .sync())
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("insecure()");
        }
    }

    @Test
    void a_server_without_users_does_not_start() {
        thenThrownBy(() -> Vmess.server(0).transport(tcp).start(this).sync())
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("call user(...)");
    }

    @Override
    public void handle(Request request, Channel channel) {
        requests.add(request);
        channel.pipeline().addLast(new Echo());
        channel.config().setAutoRead(true);
    }

    @Override
    public String tag() {
        return "vmess-in";
    }

    @Override
    public void accepted(Channel channel) {}

    @Override
    public EventLoopGroup loops() {
        return loops;
    }

    @Override
    public EventLoop loop() {
        return loops.next();
    }

    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return loop().newSucceededFuture(List.of(InetAddress.getLoopbackAddress()));
    }

    @Override
    public Duration timeout() {
        return Duration.ofSeconds(10);
    }

    @Override
    public Clock clock() {
        return Clock.systemUTC();
    }

    /** Reads no faster than it can write. */
    private final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.channel().write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.channel().flush();
            follow(ctx);
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext ctx) {
            follow(ctx);
        }

        private void follow(ChannelHandlerContext ctx) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ends.add("clean end");
                outputOf(ctx.channel()).shutdownOutput();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ends.add("failed: " + (cause instanceof CarrierException e ? e.reason() : cause));
        }
    }

    /** Takes breaks while it reads. */
    private static final class Summing extends ChannelInboundHandlerAdapter {
        private final CRC32 sum = new CRC32();
        private final CompletableFuture<Long> result;
        private final int expected;
        private int bytes;
        private int messages;

        private Summing(int expected, CompletableFuture<Long> result) {
            this.expected = expected;
            this.result = result;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            bytes += in.readableBytes();
            byte[] copy = new byte[in.readableBytes()];
            in.readBytes(copy);
            in.release();
            sum.update(copy);
            if (++messages % 20 == 0) {
                ctx.channel().config().setAutoRead(false);
                ctx.executor().schedule(() -> ctx.channel().config().setAutoRead(true), 5, MILLISECONDS);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                if (bytes == expected) {
                    result.complete(sum.getValue());
                } else {
                    result.completeExceptionally(
                            new IOException("clean end after " + bytes + " bytes (expected: " + expected + ")"));
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            result.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            result.completeExceptionally(new IOException("reset after " + bytes + " bytes"));
        }
    }
}
