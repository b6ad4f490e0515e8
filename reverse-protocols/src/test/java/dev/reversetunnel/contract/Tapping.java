package dev.reversetunnel.contract;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;

/** A client's transport that keeps a copy of all that its protocol has written: for openings that come again. */
final class Tapping implements Transport {
    private final Transport transport;
    private final ByteArrayOutputStream written = new ByteArrayOutputStream();

    Tapping(Transport transport) {
        this.transport = transport;
    }

    /** Of all connections so far. */
    byte[] written() {
        synchronized (written) {
            return written.toByteArray();
        }
    }

    /** Asks for nothing, but sends bytes just above a transport: a replayed opening, or noise. */
    static Outbound sending(byte[] bytes, int port, Transport transport) {
        return new Outbound() {
            @Override
            public Future<Channel> connect(Request request, Dialer dialer) {
                Promise<Channel> connected = dialer.loop().newPromise();
                transport
                        .dial(Destination.tcp("127.0.0.1", port), nothing(), dialer)
                        .addListener((Future<Channel> dialled) -> {
                            if (dialled.isSuccess()) {
                                dialled.getNow().writeAndFlush(Unpooled.wrappedBuffer(bytes));
                                connected.setSuccess(dialled.getNow());
                            } else {
                                connected.setFailure(dialled.cause());
                            }
                        });
                return connected;
            }

            private ChannelHandler nothing() {
                return new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // as it is
                    }
                };
            }
        };
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        ChannelHandler both = new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Tap(), handler);
            }
        };
        return transport.dial(remote, both, dialer);
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        return transport.listen(local, handler, context);
    }

    @Override
    public boolean isRaw() {
        return transport.isRaw();
    }

    @Override
    public boolean isEncrypted() {
        return transport.isEncrypted();
    }

    private final class Tap extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
            synchronized (written) {
                written.writeBytes(ByteBufUtil.getBytes((ByteBuf) message));
            }
            ctx.write(message, promise);
        }
    }
}
