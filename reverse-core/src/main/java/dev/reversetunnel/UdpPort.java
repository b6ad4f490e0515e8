package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A UDP port: each source address is an association of its own, and all of them ask for one destination. */
final class UdpPort extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(UdpPort.class);

    private final InboundContext context;
    private final Destination wanted;
    private final Associations<InetSocketAddress> associations;

    UdpPort(InboundContext context, Destination wanted, int maxAssociations) {
        this.context = context;
        this.wanted = wanted;
        this.associations = new Associations<>(
                maxAssociations,
                () -> context.limitReached(
                        Limit.ASSOCIATIONS, "the source that was idle for longest made room for another one"));
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (!(message instanceof DatagramPacket packet)) {
            ReferenceCountUtil.release(message);
            return;
        }
        InetSocketAddress source = packet.sender();
        AssociationChannel association = associations.get(source);
        if (association == null) {
            association = open(ctx.channel(), source);
        }
        association.deliver(new Datagram(wanted, UdpSockets.payload(packet)));
    }

    private AssociationChannel open(Channel socket, InetSocketAddress source) {
        InetSocketAddress reached = socket.localAddress() instanceof InetSocketAddress local
                        && !local.getAddress().isAnyLocalAddress()
                ? local
                : null;
        AssociationChannel association = AssociationChannel.open(
                socket,
                reached,
                source,
                datagram -> socket.write(
                        new DatagramPacket(UdpSockets.whole(datagram.content()), source), socket.newPromise()));
        associations.put(source, association);
        context.accepted(association);
        context.handle(new Request(wanted, context.tag(), "", Grant.CONNECT, source, reached), association);
        return association;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        // One visitor's: nobody listens any more where an answer went. The others stay.
        log.debug("{}: {}", ctx.channel(), cause.toString());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        associations.close();
    }
}
