package dev.reversetunnel;

import static org.awaitility.Awaitility.await;

import dev.reversetunnel.net.Destination;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Hands the connections of a loopback port to an outbound, as a bridge hands over its sessions. */
final class HttpStand implements AutoCloseable {
    final Set<Channel> sessions = ConcurrentHashMap.newKeySet();
    private final UnpooledByteBufAllocator allocator = new UnpooledByteBufAllocator(false);

    @SuppressWarnings("deprecation") // the one that Netty 4.1 has, too
    private final EventLoopGroup loops = new NioEventLoopGroup(1);

    private final InetSocketAddress address;

    HttpStand(Outbound outbound, Request request) {
        Channel server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.ALLOW_HALF_CLOSURE, true)
                .childOption(ChannelOption.ALLOCATOR, allocator)
                .childHandler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel session) {
                        sessions.add(session);
                        session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelActive(ChannelHandlerContext ctx) {
                                outbound.take(request, session, new Unjoined());
                            }
                        });
                    }
                })
                .bind(InetAddress.getLoopbackAddress(), 0)
                .syncUninterruptibly()
                .channel();
        address = (InetSocketAddress) server.localAddress();
    }

    HttpStand(Outbound outbound) {
        this(outbound, new Request(Destination.tcp("shop.test", 80), "bridge"));
    }

    URI uri(String path) {
        return URI.create("http://localhost:" + address.getPort() + path);
    }

    Socket connect() throws IOException {
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(10_000);
        return socket;
    }

    /** Sends as it is, ends the output, and reads all that comes. */
    String exchange(String text) throws IOException {
        try (Socket socket = connect()) {
            send(socket, text);
            socket.shutdownOutput();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        }
    }

    static void send(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Reads up to and including a piece of text. */
    static String readTo(Socket socket, String end) throws IOException {
        InputStream in = socket.getInputStream();
        StringBuilder text = new StringBuilder();
        while (text.indexOf(end) < 0) {
            int one = in.read();
            if (one < 0) {
                throw new IOException("ended after: " + text);
            }
            text.append((char) one);
        }
        return text.toString();
    }

    /** Bytes of the sessions' buffers that nobody has released. */
    long usedBytes() {
        return allocator.metric().usedDirectMemory() + allocator.metric().usedHeapMemory();
    }

    /** Closes the sessions, and demands that no buffer is left. */
    @Override
    public void close() {
        sessions.forEach(session -> session.close().syncUninterruptibly());
        await("buffers are released").atMost(10, TimeUnit.SECONDS).until(() -> usedBytes() == 0);
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Unjoined implements Relay {
        @Override
        public void join(Request request, Channel channel, Future<Channel> other) {
            throw new AssertionError("a handler has nobody to join");
        }

        @Override
        public Dialer dialer(Channel channel) {
            throw new AssertionError("a handler dials nobody");
        }
    }
}
