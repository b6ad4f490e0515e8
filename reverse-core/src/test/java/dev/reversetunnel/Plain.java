package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;

/** A carrier for tests, without users and ciphers: an address, then bytes. */
final class Plain {
    private Plain() {}

    static Inbound server(Transport transport, int port, Grant grant) {
        return context -> transport.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        channel.pipeline().addLast(new HeaderReader(context, grant));
                        channel.read();
                    }
                },
                context);
    }

    static Outbound client(Transport transport, int port) {
        return (request, dialer) -> {
            var connected = dialer.loop().<Channel>newPromise();
            transport
                    .dial(Destination.tcp("127.0.0.1", port), RedirectOutbound.Nothing.HERE, dialer)
                    .addListener((Future<Channel> dialled) -> {
                        if (!dialled.isSuccess()) {
                            connected.setFailure(dialled.cause());
                            return;
                        }
                        Channel channel = dialled.getNow();
                        ByteBuf header = channel.alloc().buffer();
                        PortFirstAddress.write(header, request.destination());
                        channel.writeAndFlush(header);
                        connected.setSuccess(channel);
                    });
            return connected;
        };
    }

    /** The header comes in one segment, and nothing follows before the server speaks: enough for loopback. */
    private static final class HeaderReader extends ChannelInboundHandlerAdapter {
        private final InboundContext context;
        private final Grant grant;

        HeaderReader(InboundContext context, Grant grant) {
            this.context = context;
            this.grant = grant;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            ByteBuf bytes = (ByteBuf) message;
            Destination wanted = PortFirstAddress.read(bytes, Network.TCP);
            Channel channel = ctx.channel();
            HoldUntilRead rest = new HoldUntilRead();
            channel.pipeline().addLast(rest);
            if (bytes.isReadable()) {
                ctx.fireChannelRead(bytes);
            } else {
                bytes.release();
            }
            channel.pipeline().remove(this);
            context.handle(
                    new Request(
                            wanted,
                            context.tag(),
                            "tester",
                            grant,
                            channel.remoteAddress() instanceof InetSocketAddress remote ? remote : null,
                            null),
                    channel);
        }
    }
}
