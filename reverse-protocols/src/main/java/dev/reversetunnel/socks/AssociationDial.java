package dev.reversetunnel.socks;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.NetUtil;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** Opens an association: a connection that keeps it, and a socket for its datagrams. Each is closed with the other. */
final class AssociationDial {
    private final String failed;
    private final SocksCall call;
    private final Dialer dialer;
    private final Promise<Channel> result;
    private @Nullable SocksGate gate;

    /**
     * A dial that has not begun.
     *
     * @param failed begins the message if it comes to nothing
     * @param call the association that is wanted
     * @param dialer the loop to use, name look-up, and the time-out
     */
    AssociationDial(String failed, SocksCall call, Dialer dialer) {
        this.failed = failed;
        this.call = call;
        this.dialer = dialer;
        this.result = dialer.loop().newPromise();
    }

    /** Asks the proxy by a dial to it; gives the socket, whose pipeline takes and gives datagrams. */
    Future<Channel> start(LayerDial dial, Transport transport) {
        dial.start(transport, new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        SocksGate asking = SocksGate.begin(channel.pipeline(), call, new Control(), dial);
                        channel.pipeline().addLast(asking);
                        gate = asking;
                    }
                })
                .addListener((Future<Channel> asked) -> {
                    if (asked.isSuccess()) {
                        open(asked.getNow());
                    } else {
                        fail(asked.cause());
                    }
                });
        return result;
    }

    private void open(Channel control) {
        Destination relay = relay(control);
        if (relay == null) {
            control.close();
            fail(new TunnelException("it says that they go to port 0, or nowhere"));
            return;
        }
        UdpSockets.connect(relay, dialer, new SocksDatagramCodec()).addListener((Future<Channel> opened) -> {
            if (!opened.isSuccess()) {
                control.close();
                fail(opened.cause());
                return;
            }
            Channel socket = opened.getNow();
            socket.closeFuture().addListener(closed -> control.close());
            control.closeFuture().addListener(closed -> socket.close());
            control.config().setAutoRead(true);
            result.setSuccess(socket);
        });
    }

    /** What the proxy has told; if that is no address, its own one. */
    private @Nullable Destination relay(Channel control) {
        Destination bound = gate == null ? null : gate.bound();
        if (bound == null || bound.port() == 0) {
            return null;
        }
        InetAddress told = bound.address();
        if (told == null || !told.isAnyLocalAddress()) {
            return bound;
        }
        return control.remoteAddress() instanceof InetSocketAddress proxy && proxy.getAddress() != null
                ? Destination.udp(NetUtil.toAddressString(proxy.getAddress()), bound.port())
                : null;
    }

    private void fail(Throwable cause) {
        result.setFailure(new TunnelException(failed + cause.getMessage(), cause));
    }

    /** The connection that keeps the association: nothing of it counts but its end. */
    private static final class Control extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
            if (event == ChannelInputShutdownEvent.INSTANCE) {
                ctx.close();
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            ctx.close();
        }
    }
}
