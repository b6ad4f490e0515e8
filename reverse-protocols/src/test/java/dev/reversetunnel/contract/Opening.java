package dev.reversetunnel.contract;

import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Transport;
import dev.reversetunnel.peers.Client;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Clock;
import java.time.Duration;
import java.util.function.BiFunction;

/** What a carrier's client sends first, got hold of without its server. */
final class Opening {
    private Opening() {}

    /**
     * Makes one.
     *
     * @param client of a port and a transport
     * @param target the port at 127.0.0.1 that it asks for
     * @param ahead how far the client's clock is ahead
     * @return the first write of a connection whose visitor says nothing
     */
    static byte[] of(BiFunction<Integer, Transport, Outbound> client, int target, Duration ahead) throws Exception {
        Transport network = Transport.memory();
        Tapping tapping = new Tapping(network);
        Inbound mute = context -> network.listen(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                new ChannelInitializer<>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // it listens, and does not read
                    }
                },
                context);
        try (ReverseTunnel server = ReverseTunnel.node().inbound("mute", mute).start();
                ReverseTunnel node = ReverseTunnel.node()
                        .clock(Clock.offset(Clock.systemUTC(), ahead))
                        .inbound(
                                "visitors", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", target))
                        .outbound("client", client.apply(server.port("mute"), tapping))
                        .route(Rule.inbound("visitors").to("client"))
                        .start();
                Socket visitor = Client.connect(node.port("visitors"))) {
            await().until(() -> tapping.written().length > 0);
            return tapping.written();
        }
    }
}
