package dev.reversetunnel;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;

/**
 * A UDP protocol for tests, without users and ciphers: in each datagram, the address of its target or of its source
 * stands before the payload.
 */
final class AnyTarget {
    private AnyTarget() {}

    static Inbound server() {
        return context -> UdpSockets.listen(
                        new InetSocketAddress(Tunnels.loopback(), 0),
                        context.loops().next(),
                        new Server(context))
                .addListener((Future<Channel> bound) -> bound.getNow().config().setAutoRead(true));
    }

    @ChannelHandler.Sharable
    private static final class Server extends ChannelInboundHandlerAdapter {
        private final InboundContext context;
        private final Associations<InetSocketAddress> visitors = new Associations<>();

        Server(InboundContext context) {
            this.context = context;
        }

        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            DatagramPacket packet = (DatagramPacket) message;
            InetSocketAddress visitor = packet.sender();
            ByteBuf bytes = UdpSockets.payload(packet);
            Destination target = PortFirstAddress.read(bytes, Network.UDP);
            AssociationChannel association = visitors.get(visitor);
            if (association == null) {
                association = AssociationChannel.open(
                        ctx.channel(), null, visitor, answer -> ctx.channel().write(packet(answer, visitor)));
                visitors.put(visitor, association);
                context.accepted(association);
                context.handle(new Request(target, context.tag(), "tester", Grant.CONNECT, visitor, null), association);
            }
            association.deliver(new Datagram(target, bytes));
        }

        private static DatagramPacket packet(Datagram answer, InetSocketAddress visitor) {
            ByteBuf bytes = Unpooled.buffer();
            PortFirstAddress.write(bytes, answer.peer());
            bytes.writeBytes(answer.content());
            answer.release();
            return new DatagramPacket(bytes, visitor);
        }

        @Override
        public void channelInactive(ChannelHandlerContext ctx) {
            visitors.close();
        }
    }

    static void send(Datagrammers.Visitor visitor, Destination target, String text) throws IOException {
        ByteBuf bytes = Unpooled.buffer();
        PortFirstAddress.write(bytes, target);
        bytes.writeCharSequence(text, StandardCharsets.US_ASCII);
        byte[] all = new byte[bytes.readableBytes()];
        bytes.readBytes(all);
        visitor.send(all);
    }

    /** The next answer, as {@code udp:192.0.2.1:53 text}. */
    static String receive(Datagrammers.Visitor visitor) throws IOException {
        ByteBuf bytes = Unpooled.wrappedBuffer(visitor.receiveBytes());
        return PortFirstAddress.read(bytes, Network.UDP) + " " + bytes.toString(StandardCharsets.US_ASCII);
    }
}
