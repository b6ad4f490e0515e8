package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A user whose client opens all its sessions inside one connection. */
final class MuxUser implements AutoCloseable, Outbound {
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel carrier;
    private MuxConnection mux;

    MuxUser(int port) throws Exception {
        carrier = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .handler(RedirectOutbound.Nothing.HERE)
                .connect(Tunnels.loopback(), port)
                .sync()
                .channel();
        ByteBuf header = carrier.alloc().buffer();
        Plain.writeHeader(header, Command.MUX, Plain.TESTER, Destination.tcp(ControlName.MUX, 0));
        carrier.writeAndFlush(header).sync();
        carrier.eventLoop()
                .submit(() -> {
                    mux = MuxConnection.install(carrier, MuxRole.CLIENT, MuxOptions.DEFAULT, new MuxListener() {});
                    carrier.config().setAutoRead(true);
                })
                .sync();
    }

    /** What comes back for one byte: the first bytes as hex, or how the session ended. */
    String ask(Destination destination) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        carrier.eventLoop().execute(() -> {
            MuxSession session = mux.open(destination);
            session.pipeline().addLast(new Asking(answer));
            session.config().setAutoRead(true);
            session.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {1}));
        });
        return answer.get(10, TimeUnit.SECONDS);
    }

    /** Reaches destinations through his connection. */
    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return carrier.eventLoop().submit(() -> mux.open(request.destination()));
    }

    boolean isOpen() {
        return carrier.isActive();
    }

    @Override
    public void close() {
        carrier.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private static final class Asking extends ChannelInboundHandlerAdapter {
        private final CompletableFuture<String> answer;

        Asking(CompletableFuture<String> answer) {
            this.answer = answer;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            answer.complete(Hex.of(bytes));
            bytes.release();
            ctx.close();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                answer.complete("end");
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            answer.complete("reset");
        }
    }
}
