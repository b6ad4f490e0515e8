package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.net.Socket;
import org.junit.jupiter.api.Test;

/** A carrier that wears out is replaced before it has to be. */
class CarrierWearTest {
    private volatile double wear;

    @Test
    void a_worn_tunnel_is_drained_and_another_takes_its_place_without_harm_to_its_sessions() throws Exception {
        Heard heard = new Heard();
        try (Tunnels.Origin origin = Tunnels.Origin.echo();
                Portal portal = ReverseTunnel.portal("edge")
                        .domain(Tunnels.DOMAIN)
                        .listen(Plain.server(new Wearing(), 0, Grant.REGISTER))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .listener(heard)
                        .start();
                Bridge bridge = Tunnels.bridge(portal, origin.port());
                Socket visitor = Tunnels.visit(portal)) {
            then(Tunnels.say(visitor, "fresh")).isEqualTo("fresh");
            then(portal.snapshot().tunnels()).extracting(TunnelSnapshot::wear).containsExactly(0.0);
            then(bridge.snapshot().tunnels()).hasSize(1);

            wear = 0.6;
            then(Tunnels.say(visitor, "worn")).isEqualTo("worn");

            await().until(() -> heard.of("draining").contains("draining 1"));
            wear = 0;
            await().until(() -> portal.snapshot().tunnels().stream()
                    .anyMatch(tunnel -> tunnel.number() > 1 && tunnel.state() == TunnelState.ACTIVE));
            then(Tunnels.say(visitor, "still here")).isEqualTo("still here");
        }
    }

    /** TCP with a part in its pipeline that can carry so much only. */
    private final class Wearing implements Transport {
        @Override
        public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
            return Transport.tcp().dial(remote, handler, dialer);
        }

        @Override
        public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
            return Transport.tcp()
                    .listen(
                            local,
                            new ChannelInitializer<>() {
                                @Override
                                protected void initChannel(Channel channel) {
                                    channel.pipeline().addLast(new Part(), handler);
                                }
                            },
                            context);
        }
    }

    private final class Part extends ChannelHandlerAdapter implements CarrierWear {
        @Override
        public double wear() {
            return wear;
        }
    }
}
