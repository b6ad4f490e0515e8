package dev.reversetunnel.vmess;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenCode;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.peers.RequiresPeer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the V2Ray of this machine (4.28 or newer) at the other end. */
@RequiresPeer("v2ray")
@Timeout(60)
class VmessWithV2rayTest implements InboundContext, Dialer {
    private static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";
    private static final int SIZE = 3_000_000;

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Transport tcp = Transport.tcp();
    private final List<Process> processes = new ArrayList<>();

    @TempDir
    private Path folder;

    @AfterEach
    void ends() throws Exception {
        for (Process process : processes) {
            process.destroyForcibly().waitFor();
        }
        loops.shutdownGracefully(0, 5, SECONDS).sync();
    }

    @ParameterizedTest
    @ValueSource(strings = {"auto", "aes-128-gcm", "chacha20-poly1305", "none"})
    void v2ray_reaches_our_server(String security) throws Exception {
        Channel listener = Vmess.server(0)
                .address("127.0.0.1")
                .user("v2ray", ID)
                .client()
                .transport(tcp)
                .start(this)
                .sync()
                .getNow();
        int door = freePort();
        v2ray(door, """
                {"inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "dokodemo-door",
                               "settings": {"address": "echo.internal", "port": 7, "network": "tcp"}}],
                 "outbounds": [{"protocol": "vmess", "settings": {"vnext": [{"address": "127.0.0.1", "port": %d,
                               "users": [{"id": "%s", "alterId": 0, "security": "%s"}]}]}}]}
                """.formatted(door, ((InetSocketAddress) listener.localAddress()).getPort(), ID, security));
        byte[] sent = Randomness.secure().bytes(SIZE);
        try (Socket user = new Socket(InetAddress.getLoopbackAddress(), door)) {
            CompletableFuture<byte[]> answer = CompletableFuture.supplyAsync(() -> read(user, SIZE));
            user.getOutputStream().write(sent);

            then(Arrays.equals(answer.get(30, SECONDS), sent)).isTrue();
        }
    }

    private static byte[] read(Socket socket, int size) {
        try {
            InputStream in = socket.getInputStream();
            return in.readNBytes(size);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"AUTO", "AES_128_GCM", "CHACHA20_POLY1305", "NONE"})
    void our_client_reaches_v2ray(String security) throws Exception {
        int door = freePort();
        v2ray(door, """
                {"inbounds": [{"listen": "127.0.0.1", "port": %d, "protocol": "vmess",
                               "settings": {"clients": [{"id": "%s", "alterId": 0}]}}],
                 "outbounds": [{"protocol": "freedom"}]}
                """.formatted(door, ID));
        byte[] sent = Randomness.secure().bytes(SIZE);
        try (ServerSocket origin = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture.runAsync(() -> echo(origin));
            Channel channel = Vmess.client("127.0.0.1", door)
                    .user(ID)
                    .security(VmessSecurity.valueOf(security))
                    .transport(tcp)
                    .connect(new Request(Destination.tcp("127.0.0.1", origin.getLocalPort()), "test"), this)
                    .sync()
                    .getNow();
            Collector collector = new Collector();
            channel.pipeline().addLast(collector);
            channel.config().setAutoRead(true);
            channel.writeAndFlush(Unpooled.wrappedBuffer(sent));

            then(Arrays.equals(collector.bytes.get(30, SECONDS), sent)).isTrue();
            channel.close().sync();
        }
    }

    private static void echo(ServerSocket origin) {
        try (Socket socket = origin.accept()) {
            socket.getInputStream().transferTo(socket.getOutputStream());
        } catch (IOException e) {
            // the test is over
            return;
        }
    }

    private void v2ray(int port, String config) throws Exception {
        Path file = folder.resolve("config-" + port + ".json");
        Files.writeString(file, config);
        processes.add(new ProcessBuilder("v2ray", "-config", file.toString())
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("v2ray-" + port + ".log").toFile())
                .start());
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> thenCode(() -> new Socket(InetAddress.getLoopbackAddress(), port).close())
                        .doesNotThrowAnyException());
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void handle(Request request, Channel channel) {
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

    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ctx.channel().write(message);
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext ctx) {
            ctx.channel().flush();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }

    private static final class Collector extends ChannelInboundHandlerAdapter {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();
        private final CompletableFuture<byte[]> bytes = new CompletableFuture<>();

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf in = (ByteBuf) message;
            byte[] copy = new byte[in.readableBytes()];
            in.readBytes(copy);
            in.release();
            all.writeBytes(copy);
            if (all.size() == SIZE) {
                bytes.complete(all.toByteArray());
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            bytes.completeExceptionally(cause);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            bytes.completeExceptionally(new IOException("closed after " + all.size() + " bytes"));
        }
    }
}
