package dev.reversetunnel.socks;

import dev.reversetunnel.AssociationChannel;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.door.LastWord;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * An association of datagrams, on the connection that keeps it: a socket is opened for it on the address that the
 * connection has reached, and closed with it. Both are on one event loop.
 *
 * <p>To the node it is a channel of datagrams, which may end when it was idle for long; the next datagram opens
 * another.
 */
final class UdpAssociation extends ChannelInboundHandlerAdapter {
    private final Request request;
    private final InboundContext node;
    private @Nullable Channel socket;
    private @Nullable AssociationChannel association;
    private @Nullable InetSocketAddress client;

    /**
     * For one connection.
     *
     * @param request who asked; its destination is that of each datagram
     * @param node takes the channel
     */
    UdpAssociation(Request request, InboundContext node) {
        this.request = request;
        this.node = node;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        InetSocketAddress reached = request.local();
        InetSocketAddress source = request.source();
        if (reached == null || source == null) {
            opened(ctx, ctx.executor().newFailedFuture(new TunnelException("the connection has no IP addresses")));
            return;
        }
        UdpSockets.listen(
                        new InetSocketAddress(reached.getAddress(), 0),
                        ctx.channel().eventLoop(),
                        new FromClient(source))
                .addListener((Future<Channel> bound) -> opened(ctx, bound));
    }

    private void opened(ChannelHandlerContext ctx, Future<Channel> bound) {
        if (!bound.isSuccess()) {
            LastWord.say(ctx.channel(), Unpooled.wrappedBuffer(SocksReplies.failure(bound.cause())));
            return;
        }
        Channel opened = bound.getNow();
        if (!ctx.channel().isActive()) {
            opened.close();
            return;
        }
        socket = opened;
        node.accepted(opened);
        // Without it the client's datagrams would have nowhere to go to, unnoticed.
        opened.closeFuture().addListener(closed -> ctx.close());
        opened.config().setAutoRead(true);
        ctx.writeAndFlush(Unpooled.wrappedBuffer(SocksReplies.associated((InetSocketAddress) opened.localAddress())));
    }

    /** Reads what comes to the socket, and drops what is not the client's. */
    private final class FromClient extends ChannelInboundHandlerAdapter {
        private final InetSocketAddress source;

        private FromClient(InetSocketAddress source) {
            this.source = source;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (!(message instanceof DatagramPacket packet)) {
                ReferenceCountUtil.release(message);
                return;
            }
            InetSocketAddress sender = packet.sender();
            boolean known = client == null ? sender.getAddress().equals(source.getAddress()) : sender.equals(client);
            Datagram datagram = known ? SocksDatagrams.decode(UdpSockets.payload(packet)) : drop(packet);
            if (datagram != null) {
                client = sender;
                open(ctx.channel(), datagram).deliver(datagram);
            }
        }

        private static @Nullable Datagram drop(DatagramPacket packet) {
            packet.release();
            return null;
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
            // A client's port that was closed: his next datagram opens it again, or his connection ends.
        }
    }

    private AssociationChannel open(Channel carrier, Datagram first) {
        AssociationChannel current = association;
        if (current == null || !current.isOpen()) {
            current = AssociationChannel.open(
                    carrier, carrier.localAddress(), client, datagram -> send(carrier, datagram));
            association = current;
            node.handle(request.to(first.peer()), current);
            if (!current.isOpen()) { // as of a user who was revoked: his connection is of no use any more
                carrier.close();
            }
        }
        return current;
    }

    private void send(Channel carrier, Datagram datagram) {
        InetSocketAddress to = client;
        if (to == null) {
            datagram.release();
        } else {
            carrier.write(new DatagramPacket(SocksDatagrams.encode(carrier.alloc(), datagram), to));
        }
    }

    // ---- the connection ----

    /** Nothing of it counts. */
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

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        if (association != null) {
            association.close();
        }
        if (socket != null) {
            socket.close();
        }
    }
}
