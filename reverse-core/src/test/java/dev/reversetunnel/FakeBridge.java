package dev.reversetunnel;

import dev.reversetunnel.mux.MuxConnection;
import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.mux.MuxListener;
import dev.reversetunnel.mux.MuxOptions;
import dev.reversetunnel.mux.MuxRole;
import dev.reversetunnel.mux.MuxSession;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A foreign bridge with one tunnel: understands some control names and ends the others, and echoes to visitors. */
final class FakeBridge implements AutoCloseable {
    /** What came for control, as {@code <name> opened}, {@code <name> ACTIVE}, {@code <name> DRAIN}. */
    final List<String> control = new CopyOnWriteArrayList<>();

    /** Who asked for each session, as the New frame tells; {@code null} if it does not. */
    final List<String> visitors = new CopyOnWriteArrayList<>();

    private final Set<ControlName> understood;
    private final EventLoopGroup loops = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Channel carrier;
    private MuxConnection mux;

    private FakeBridge(int port, Command command, Set<ControlName> understood) throws Exception {
        this.understood = understood;
        MuxOptions options =
                command == Command.REVERSE ? MuxOptions.DEFAULT.dialect(MuxDialect.VLESS_REVERSE) : MuxOptions.DEFAULT;
        carrier = new Bootstrap()
                .group(loops)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.AUTO_READ, false)
                .handler(RedirectOutbound.Nothing.HERE)
                .connect(Tunnels.loopback(), port)
                .sync()
                .channel();
        ByteBuf header = carrier.alloc().buffer();
        Plain.writeHeader(header, command, Plain.TESTER, Destination.tcp(Tunnels.DOMAIN, 0));
        carrier.writeAndFlush(header).sync();
        carrier.eventLoop()
                .submit(() -> {
                    mux = MuxConnection.install(carrier, MuxRole.SERVER, options, new Sessions());
                    carrier.config().setAutoRead(true);
                })
                .sync();
    }

    static FakeBridge understanding(Portal portal, ControlName... names) throws Exception {
        return new FakeBridge(portal.port("tunnels"), Command.CONNECT, Set.of(names));
    }

    /** One that registers by command, as Xray's. */
    static FakeBridge registering(int port, ControlName... names) throws Exception {
        return new FakeBridge(port, Command.REVERSE, Set.of(names));
    }

    private final class Sessions implements MuxListener {
        @Override
        public boolean acceptSession(MuxSession session) {
            return true;
        }

        @Override
        public void sessionOpened(MuxSession session) {
            String name = session.destination().host();
            visitors.add(String.valueOf(session.visitor()));
            for (ControlName known : ControlName.values()) {
                if (known.destination().equals(session.destination())) {
                    control.add(known + " opened");
                    if (!understood.contains(known)) {
                        session.reset(); // as peers do who take it for a user's
                        return;
                    }
                }
            }
            boolean isControl = ControlName.isControl(session.destination());
            session.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    if (!isControl) {
                        ctx.writeAndFlush(message);
                        return;
                    }
                    Datagram datagram = (Datagram) message;
                    control.add(nameOf(name) + " " + ControlMessage.decode(datagram.content()));
                    datagram.release();
                }
            });
            session.config().setAutoRead(true);
        }
    }

    private static ControlName nameOf(String host) {
        for (ControlName name : ControlName.values()) {
            if (name.destination().host().equals(host)) {
                return name;
            }
        }
        throw new AssertionError(host);
    }

    MuxSession openTowardsPortal(Destination destination) throws Exception {
        CompletableFuture<MuxSession> opened = new CompletableFuture<>();
        carrier.eventLoop().execute(() -> opened.complete(mux.open(destination)));
        return opened.get(10, TimeUnit.SECONDS);
    }

    MuxConnection mux() {
        return mux;
    }

    boolean isOpen() {
        return carrier.isActive();
    }

    @Override
    public void close() {
        carrier.close().syncUninterruptibly();
        loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
