package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.vmess.Vmess;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.SimpleChannelInboundHandler;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;

/**
 * A UDP port at the portal, answered by code in the bridge's JVM. A server that has a port of its own is reached by
 * {@code forward(host, port)} as always; {@code tcpAndUdp()} opens the portal's port for both.
 */
public final class UdpThroughTunnel {
    private UdpThroughTunnel() {}

    /**
     * Sends a datagram to the public port and prints the answer.
     *
     * @param args none
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        UUID id = UUID.randomUUID(); // the secret that both ends share

        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.shop.internal")
                        .listen(Vmess.server(0).user("shop", id))
                        .listen(Inbound.port(0).address("127.0.0.1").udp())
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.shop.internal")
                        .connect(Vmess.client("127.0.0.1", portal.port("tunnels"))
                                .user(id))
                        .serve(new ChannelInitializer<>() {
                            @Override
                            protected void initChannel(Channel visitor) { // a channel for each visitor
                                visitor.pipeline().addLast(new Greeter());
                            }
                        })
                        .start();
                DatagramSocket socket = new DatagramSocket()) {
            bridge.awaitReady(Duration.ofSeconds(10));

            System.out.println("the answer: " + ask(socket, portal.port("visitors"), "Ada"));
        }
    }

    /** What comes names the target that the visitor asked for; what is written seems to come from there. */
    private static final class Greeter extends SimpleChannelInboundHandler<Datagram> {
        @Override
        protected void channelRead0(ChannelHandlerContext ctx, Datagram question) {
            String answer = "Hello " + question.content().toString(StandardCharsets.UTF_8) + "!";
            ctx.writeAndFlush(new Datagram(question.peer(), Unpooled.copiedBuffer(answer, StandardCharsets.UTF_8)));
        }
    }

    private static String ask(DatagramSocket socket, int port, String question) throws Exception {
        byte[] bytes = question.getBytes(StandardCharsets.UTF_8);
        socket.send(new DatagramPacket(bytes, bytes.length, InetAddress.getLoopbackAddress(), port));
        DatagramPacket answer = new DatagramPacket(new byte[2048], 2048);
        socket.setSoTimeout(10_000);
        socket.receive(answer);
        return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.UTF_8);
    }
}
