package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Visitor, portal and bridge in one JVM, and not a single port of the machine. */
@ExtendWith(BufferLeakExtension.class)
class MemoryTunnelTest {
    private static final String DOMAIN = "reverse.test.internal";

    @Test
    void a_visitor_reaches_code_in_the_bridges_jvm_without_any_port() throws Exception {
        Transport memory = Transport.memory();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain(DOMAIN)
                        .listen(Plain.server(memory, 0, Grant.REGISTER))
                        .listen(Inbound.port(0).transport(memory))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain(DOMAIN)
                        .connect(Plain.client(memory, portal.port("tunnels")))
                        .serve(exchange -> {
                            byte[] page = "hello from behind".getBytes(StandardCharsets.UTF_8);
                            exchange.sendResponseHeaders(200, page.length);
                            exchange.getResponseBody().write(page);
                            exchange.close();
                        })
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(5));

            then(get(memory, portal.port("visitors"))).contains("200 OK").endsWith("hello from behind");
        }
    }

    private static String get(Transport memory, int port) throws Exception {
        var loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        CompletableFuture<String> answer = new CompletableFuture<>();
        try {
            Channel visitor = memory.dial(
                            Destination.tcp("portal", port), new Visitor(answer), new VisitorDialer(loops.next()))
                    .sync()
                    .getNow();
            visitor.writeAndFlush(Unpooled.copiedBuffer(
                    "GET / HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n", StandardCharsets.US_ASCII));
            visitor.config().setAutoRead(true);
            String text = answer.get(10, TimeUnit.SECONDS);
            visitor.close().sync();
            return text;
        } finally {
            loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).sync();
        }
    }

    /** Takes everything up to a clean end. */
    private static final class Visitor extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<String> answer;
        private final StringBuilder text = new StringBuilder();

        Visitor(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            text.append(((ByteBuf) message).toString(StandardCharsets.UTF_8));
            ((ByteBuf) message).release();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                answer.complete(text.toString());
            }
        }
    }

    private record VisitorDialer(EventLoop loop) implements Dialer {
        @Override
        public Future<List<InetAddress>> resolve(String host) {
            throw new AssertionError("asked for " + host);
        }

        @Override
        public Duration timeout() {
            return Duration.ofSeconds(10);
        }

        @Override
        public Clock clock() {
            return Clock.systemUTC();
        }
    }
}
