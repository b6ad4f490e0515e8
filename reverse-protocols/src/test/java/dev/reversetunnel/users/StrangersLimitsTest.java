package dev.reversetunnel.users;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Limit;
import dev.reversetunnel.LimitsTold;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.shadowsocks.ShadowsocksServer;
import dev.reversetunnel.vmess.VmessServer;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Those who have not authenticated are bounded at each server, and counted; who has a key comes in beside them. */
class StrangersLimitsTest {
    private final Origin origin = Origin.start();
    private final LimitsTold limits = new LimitsTold();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    private ReverseTunnel node(ProtocolServer<?> server) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("in", server)
                .outbound("origin", Outbound.direct().allowPrivate())
                .route(Rule.any().to("origin"))
                .listener(limits)
                .start();
    }

    private static ProtocolServer<?> server(Doors door) {
        return door.server(Grant.CONNECT, Grant.CONNECT);
    }

    private ReverseTunnel client(Doors door, ReverseTunnel node) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("local", Inbound.port(0).address("127.0.0.1").to("127.0.0.1", origin.port()))
                .outbound("server", door.client(node.port("in"), "alice"))
                .route(Rule.any().to("server"))
                .start();
    }

    private static void thenIsServed(ReverseTunnel client) throws IOException {
        try (Socket visitor = Client.connect(client.port("local"))) {
            then(Client.echo(visitor, "hello")).isEqualTo("hello");
        }
    }

    /** He sees nothing but an end, of whatever kind. */
    private static void thenIsSentAway(Socket stranger) throws IOException {
        try {
            then(stranger.getInputStream().read()).isEqualTo(-1);
        } catch (SocketException e) {
            then(e).hasMessageContaining("reset");
        }
    }

    @ParameterizedTest
    @EnumSource
    void who_says_nothing_has_to_go_when_his_time_is_up(Doors door) throws Exception {
        try (ReverseTunnel node = node(server(door).handshakeTimeout(Duration.ofMillis(300)));
                ReverseTunnel client = client(door, node);
                Socket stranger = Client.connect(node.port("in"))) {
            thenIsServed(client);
            thenIsSentAway(stranger);
            limits.thenTold(Limit.HANDSHAKE_TIME, node::snapshot, "had not authenticated in time");
        }
    }

    @ParameterizedTest
    @EnumSource
    void the_oldest_of_too_many_strangers_makes_room(Doors door) throws Exception {
        try (ReverseTunnel node = node(server(door).maxUnauthenticated(3, 3));
                ReverseTunnel client = client(door, node);
                Socket oldest = Client.connect(node.port("in"));
                Socket second = Client.connect(node.port("in"));
                Socket third = Client.connect(node.port("in"))) {
            thenIsServed(client);
            thenIsSentAway(oldest);
            limits.thenTold(Limit.UNAUTHENTICATED, node.snapshot(), 1);
            thenIsServed(client); // who has a key left the strangers as soon as he had shown it
            then(node.snapshot().reached(Limit.UNAUTHENTICATED)).isEqualTo(1);
            then(third.isConnected()).isTrue();
            then(second.isConnected()).isTrue();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"VMESS", "SHADOWSOCKS_2022", "SHADOWSOCKS_2022_OF_ONE"})
    void one_opening_more_than_can_be_remembered_is_refused(Doors door) throws Exception {
        ProtocolServer<?> server = server(door);
        ProtocolServer<?> forgetful = server instanceof VmessServer vmess
                ? vmess.replayCapacity(1)
                : ((ShadowsocksServer) server).replayCapacity(1);
        try (ReverseTunnel node = node(forgetful);
                ReverseTunnel client = client(door, node)) {
            thenIsServed(client);
            try (Socket visitor = Client.connect(client.port("local"))) {
                visitor.getOutputStream().write('E');
                limits.thenTold(Limit.REPLAY_SET, node::snapshot, "raise replayCapacity(...)");
                then(origin.accepted()).isEqualTo(1);
            }
        }
    }
}
