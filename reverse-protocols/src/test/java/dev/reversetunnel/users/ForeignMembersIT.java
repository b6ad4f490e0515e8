package dev.reversetunnel.users;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Access;
import dev.reversetunnel.NetworkMember;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.PrivateNetwork;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.carrier.CarrierServer;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.peerconfig.Peers;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** V2Ray and Xray in the place of a member, with the documents that the hub prints. */
class ForeignMembersIT {
    private static final String LOOPBACK = "127.0.0.1";

    private final UUID printer = UUID.randomUUID();
    private final UUID laptop = UUID.randomUUID();
    private final Origin origin = Origin.start();
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);

    @AfterEach
    void close() {
        datagrams.close();
        origin.close();
    }

    /** At which the printer is somebody else's program, and offers its origin; the laptop may ask for port 631. */
    private static PrivateNetwork hub(CarrierServer<?> printers, CarrierServer<?> laptops) throws Exception {
        return ReverseTunnel.network("home")
                .range("10.99.0.0/24")
                .listen(printers.address(LOOPBACK))
                .listen(laptops.address(LOOPBACK))
                .member("printer", "10.99.0.5")
                .member("laptop", "10.99.0.3")
                .allow(Access.from("laptop").to("printer").tcp(631).udp(631))
                .start();
    }

    private NetworkMember laptop(PrivateNetwork hub) throws Exception {
        return ReverseTunnel.member("laptop")
                .connect(Vmess.client(LOOPBACK, hub.port("members-2")).user(laptop))
                .listen(dev.reversetunnel.socks.Socks5.server(0).address(LOOPBACK))
                .start();
    }

    private static void thenServes(PrivateNetwork hub, int socks) throws Exception {
        await().until(() -> !hub.snapshot().tunnels().isEmpty());
        for (String name : new String[] {"printer", "printer.home", "10.99.0.5"}) {
            try (Socket socket = Socks5.at(socks).connect(name, 631)) {
                then(Client.echo(socket, name)).isEqualTo(name);
            }
            thenThrownBy(() -> {
                        try (Socket socket = Socks5.at(socks).connect(name, 80)) {
                            Client.echo(socket, name);
                        }
                    })
                    .isInstanceOf(IOException.class);
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_bridge_of_v2ray_is_a_member_with_one_service() throws Exception {
        try (PrivateNetwork hub = hub(
                        Vmess.server(0).user("printer", printer),
                        Vmess.server(0).user("laptop", laptop));
                NetworkMember caller = laptop(hub);
                V2Ray member = V2Ray.start(hub.peerConfig(
                        "printer", Peers.v2ray(LOOPBACK).user("printer").forward(LOOPBACK, origin.port())))) {
            then(hub.domain("printer")).isEqualTo("printer.member.internal");
            thenServes(hub, caller.port("programs"));
            then(Caller.dialling(caller).ask(Destination.udp("printer", 631), () -> false))
                    .isEqualTo("?");
            then(member.isAlive()).isTrue();
            then(hub.snapshot().failed()).isZero();
        }
    }

    @Test
    @RequiresPeer("xray")
    void a_bridge_of_xray_registers_by_command() throws Exception {
        try (PrivateNetwork hub = hub(
                        Vless.server(0).reverseUser("printer", printer),
                        Vmess.server(0).user("laptop", laptop));
                NetworkMember caller = laptop(hub);
                Xray member = Xray.start(hub.peerConfig(
                        "printer", Peers.xray(LOOPBACK).user("printer").forward(LOOPBACK, origin.port())))) {
            thenServes(hub, caller.port("programs"));
            then(member.isAlive()).isTrue();
        }
    }

    @Test
    @RequiresPeer("v2ray")
    void a_user_with_v2ray_reaches_what_he_may() throws Exception {
        int socks = Ports.free();
        try (PrivateNetwork hub = hub(
                        Vmess.server(0).user("printer", printer),
                        Vmess.server(0).user("laptop", laptop).client());
                NetworkMember member = ReverseTunnel.member("printer")
                        .connect(Vmess.client(LOOPBACK, hub.port("members")).user(printer))
                        .offer(631, Outbound.to(LOOPBACK, origin.port()))
                        .offer(80, Outbound.to(LOOPBACK, origin.port()))
                        .start();
                V2Ray user = V2Ray.start(
                        hub.peerConfig(
                                "laptop", Peers.v2ray(LOOPBACK).user("laptop").socks(socks)),
                        socks)) {
            member.awaitReady(Duration.ofSeconds(10));
            thenServes(hub, socks);
            then(user.isAlive()).isTrue();
        }
    }
}
