package dev.reversetunnel;

import static org.awaitility.Awaitility.await;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.testkit.Hex;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/** A portal that asks its bridge for whatever the test says. */
final class HostilePortal implements AutoCloseable {
    /** Each a way to write something that a bridge must not reach. */
    static final List<String> TARGETS = targets();

    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final BlockingQueue<MuxConnection> tunnels = new LinkedBlockingQueue<>();
    private final Channel server;

    HostilePortal() {
        server = new ServerBootstrap()
                .group(loops)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.AUTO_READ, false)
                .childHandler(new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new Header());
                        channel.read();
                    }
                })
                .bind(Tunnels.loopback(), 0)
                .syncUninterruptibly()
                .channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    /** The bridge's opening, which is thrown away. */
    private final class Header extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            Plain.readHeader(bytes, user -> Grant.REGISTER, ctx.channel());
            MuxConnection mux =
                    MuxConnection.install(ctx.channel(), MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {});
            if (bytes.isReadable()) {
                ctx.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
            ctx.pipeline().remove(this);
            MuxSession control = mux.open(ControlName.V2FLY.destination());
            control.writeAndFlush(new Datagram(control.destination(), Unpooled.wrappedBuffer(Hex.bytes("9a06015a"))));
            ctx.channel().config().setAutoRead(true);
            tunnels.add(mux);
        }
    }

    /** The newest tunnel. */
    MuxConnection tunnel() throws InterruptedException {
        MuxConnection tunnel = tunnels.poll(10, TimeUnit.SECONDS);
        if (tunnel == null) {
            throw new AssertionError("no bridge came");
        }
        tunnels.add(tunnel);
        return tunnel;
    }

    /** What comes back: the first bytes as hex, or how the session ended. */
    String ask(Destination destination) throws Exception {
        MuxConnection mux = tunnel();
        CompletableFuture<String> answer = new CompletableFuture<>();
        mux.carrier().eventLoop().execute(() -> {
            MuxSession session = mux.open(destination);
            session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    ByteBuf bytes = message instanceof Datagram datagram ? datagram.content() : (ByteBuf) message;
                    answer.complete(Hex.of(bytes));
                    ReferenceCountUtil.release(message);
                }

                @Override
                public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                    answer.complete("end");
                }

                @Override
                public void channelInactive(ChannelHandlerContext ctx) {
                    answer.complete("reset");
                }
            });
            session.config().setAutoRead(true);
            ByteBuf hello = Unpooled.wrappedBuffer(new byte[] {1});
            session.writeAndFlush(destination.network() == Network.UDP ? new Datagram(destination, hello) : hello);
        });
        return answer.get(10, TimeUnit.SECONDS);
    }

    /** Opens a session for datagrams to any number of targets, as Xray's portal does. */
    MuxSession datagrams(Destination first, BiConsumer<Destination, String> answer) throws Exception {
        MuxConnection mux = tunnel();
        CompletableFuture<MuxSession> opened = new CompletableFuture<>();
        mux.carrier().eventLoop().execute(() -> {
            MuxSession session = mux.open(first);
            session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    Datagram datagram = (Datagram) message;
                    answer.accept(datagram.peer(), datagram.content().toString(StandardCharsets.US_ASCII));
                    datagram.release();
                }
            });
            session.config().setAutoRead(true);
            opened.complete(session);
        });
        // it tells the targets only to a bridge that has greeted
        MuxSession session = opened.get(10, TimeUnit.SECONDS);
        await().until(mux::isOwnPeer);
        return session;
    }

    private static List<String> targets() {
        List<String> targets = new ArrayList<>(List.of(
                "127.0.0.1",
                "127.1.2.3",
                "0.0.0.0",
                "0.1.2.3",
                "::1",
                "::",
                "::ffff:127.0.0.1",
                "::ffff:0.0.0.0",
                "::127.0.0.1",
                "64:ff9b::7f00:1",
                "2002:7f00:1::",
                "2001:0:7f00:1::",
                "10.0.0.1",
                "172.16.0.1",
                "192.168.0.1",
                "100.64.0.1",
                "169.254.169.254",
                "::ffff:169.254.169.254",
                "fe80::1",
                "fc00::1",
                "fd00:ec2::254",
                "fec0::1",
                "ff02::1",
                "224.0.0.1",
                "255.255.255.255",
                "198.18.0.1",
                "240.0.0.1",
                "2130706433",
                "0x7f.1",
                "0x7f000001",
                "0177.0.0.1",
                "127.1",
                "localhost",
                "LOCALHOST",
                "localhost.",
                "localhost.localdomain.invalid",
                "a".repeat(255),
                "-",
                "..",
                "_"));
        return List.copyOf(targets);
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
        tunnels.forEach(tunnel -> tunnel.carrier().close().syncUninterruptibly());
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
