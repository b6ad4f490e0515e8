package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.AssociationChannel;
import dev.reversetunnel.Associations;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The UDP socket of a server of 2017: an association for each source address and user. Whoever cannot show a password
 * is not answered, and costs one derived key for each user.
 */
final class UdpServer2017 extends UdpServer {
    private final List<ShadowsocksUser> users;
    private final Associations<Visitor> associations;
    /** Whose association an address has had last: whom to try first. */
    private final Map<InetSocketAddress, ShadowsocksUser> lastUsers = new HashMap<>();

    UdpServer2017(UdpContext context, List<ShadowsocksUser> users) {
        super(context);
        this.users = users;
        this.associations = context.associations();
    }

    @Override
    void packet(ChannelHandlerContext ctx, InetSocketAddress sender, byte[] packet, int size) {
        ShadowsocksUser first = lastUsers.get(sender);
        if (first != null && isOf(first, ctx, sender, packet, size)) {
            return;
        }
        for (ShadowsocksUser user : users) {
            if (!user.equals(first) && isOf(user, ctx, sender, packet, size)) {
                return;
            }
        }
    }

    private boolean isOf(
            ShadowsocksUser user, ChannelHandlerContext ctx, InetSocketAddress sender, byte[] packet, int size) {
        Datagram datagram = Packets2017.open(
                user.method(), user.key(), packet, size, context().provider(), ctx.alloc());
        if (datagram == null) {
            return false;
        }
        if (context().isRevoked(user)) {
            datagram.release();
            return true;
        }
        deliver(ctx.channel(), new Visitor(sender, user), datagram);
        return true;
    }

    private void deliver(Channel socket, Visitor visitor, Datagram datagram) {
        AssociationChannel association = associations.get(visitor);
        if (association == null) {
            association = AssociationChannel.open(
                    socket, reached(socket), visitor.address, answer -> send(socket, visitor, answer));
            associations.put(visitor, association);
            lastUsers.put(visitor.address, visitor.user);
            association.closeFuture().addListener(closed -> lastUsers.remove(visitor.address, visitor.user));
            context().handle(visitor.user, datagram.peer(), visitor.address, association);
        }
        association.deliver(datagram);
    }

    private void send(Channel socket, Visitor visitor, Datagram answer) {
        ByteBuf packet;
        try {
            packet = Packets2017.seal(
                    visitor.user.method(),
                    visitor.user.key(),
                    answer.peer(),
                    answer.content(),
                    Randomness.secure(),
                    context().provider(),
                    socket.alloc());
        } finally {
            answer.release();
        }
        if (packet != null) {
            socket.write(new DatagramPacket(packet, visitor.address), socket.newPromise());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        associations.close();
        ctx.fireChannelInactive();
    }

    /** Who tells one association from another. */
    private record Visitor(InetSocketAddress address, ShadowsocksUser user) {}
}
