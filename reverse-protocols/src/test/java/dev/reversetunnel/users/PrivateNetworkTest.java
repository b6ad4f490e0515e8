package dev.reversetunnel.users;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Access;
import dev.reversetunnel.Bridge;
import dev.reversetunnel.Connection;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.NetworkMember;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.TunnelSnapshot;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What a member may do in its own name, and what in nobody else's. */
class PrivateNetworkTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Access ALL = Access.fromAll().toAll().everything();

    private static String ask(CompletableFuture<Connection> dialled) throws Exception {
        return ask(dialled, Duration.ofSeconds(10));
    }

    private static String ask(CompletableFuture<Connection> dialled, Duration most) throws Exception {
        try (Connection connection = dialled.get(10, TimeUnit.SECONDS).timeout(most)) {
            connection.output().write('?');
            byte[] answer = new byte[100];
            int length = connection.input().read(answer);
            return length < 0 ? "the end" : new String(answer, 0, length, StandardCharsets.US_ASCII);
        }
    }

    @Test
    void a_member_registers_no_tunnel_of_another() throws Exception {
        try (Home home = new Home(ALL);
                Bridge thief = ReverseTunnel.bridge("thief")
                        .domain(home.hub.domain("tv"))
                        .connect(home.nasAt(home.hub.port("members")))
                        .reach(Services.answering("thief"))
                        .start()) {
            await().until(() -> home.refused.contains("nas to tcp:" + home.hub.domain("tv") + ":0"));
            then(thief.ready()).isNotDone();
            then(home.hub.snapshot().tunnels())
                    .allMatch(tunnel -> tunnel.owner().equals(tunnel.user()))
                    .extracting(TunnelSnapshot::owner)
                    .containsExactlyInAnyOrder("nas", "laptop", "tv");
            then(ask(home.laptop.dial("tv", 80))).isEqualTo("tv tcp 80 to 10.99.0.3");
        }
    }

    @Test
    void a_member_reaches_nothing_but_members() throws Exception {
        try (Home home = new Home(ALL)) {
            for (String elsewhere :
                    new String[] {"127.0.0.1", "10.99.0.9", "nas.office", "example.com", "Nas.home.x"}) {
                thenThrownBy(() -> ask(home.laptop.dial(elsewhere, 80)))
                        .as(elsewhere)
                        .isInstanceOf(IOException.class);
                then(home.refused).contains("laptop to tcp:" + elsewhere + ":80");
            }
            thenThrownBy(() -> ask(home.laptop.dial("nas", 443))).isInstanceOf(IOException.class); // which nas refuses
            then(home.nas.snapshot().refused()).isEqualTo(1);
            then(ask(home.laptop.dial("NAS.Home.", 80))).isEqualTo("nas tcp 80 to 10.99.0.3");
        }
    }

    @Test
    void whoever_has_a_credential_speaks_as_its_member_whatever_he_calls_himself() throws Exception {
        try (Home home = new Home(Access.from("laptop").to("tv").tcp(80));
                NetworkMember liar = ReverseTunnel.member("laptop")
                        .connect(home.nasAt(home.hub.port("members")))
                        .start()) {
            thenThrownBy(() -> ask(liar.dial("tv", 80))).isInstanceOf(IOException.class);
            then(home.refused).containsExactly("nas to tcp:tv:80");
        }
    }

    @Test
    void a_member_that_is_revoked_is_out_within_a_second_and_the_others_stay() throws Exception {
        try (Home home = new Home(ALL);
                Connection open = home.laptop.dial("nas", 80).get(10, TimeUnit.SECONDS);
                Connection other = home.tv.dial("laptop", 80).get(10, TimeUnit.SECONDS)) {
            open.output().write('?');
            then(open.input().read()).isEqualTo('n');
            other.output().write('?');
            then(other.input().read()).isEqualTo('l');

            home.hub.revoke("nas");
            open.timeout(SECOND);
            thenThrownBy(() -> open.input().readAllBytes()).isInstanceOf(IOException.class);
            await().atMost(SECOND)
                    .until(() -> home.hub.snapshot().tunnels().stream()
                            .noneMatch(tunnel -> tunnel.owner().equals("nas")));
            // A stranger to VMess, who hears nothing at all.
            thenThrownBy(() -> ask(home.nas.dial("tv", 80), Duration.ofMillis(300)))
                    .isInstanceOf(SocketTimeoutException.class);
            then(ask(home.tv.dial("laptop", 81))).isEqualTo("laptop tcp 81 to 10.99.0.4");
            then(other.isOpen()).isTrue();

            home.hub.restore("nas");
            await().until(() -> home.hub.snapshot().tunnels().stream()
                    .anyMatch(tunnel -> tunnel.owner().equals("nas")));
            then(ask(home.laptop.dial("nas", 80))).isEqualTo("nas tcp 80 to 10.99.0.3");
        }
    }

    @Test
    void what_is_allowed_is_changed_while_it_runs() throws Exception {
        try (Home home = new Home(Access.from("laptop").to("nas").tcp(80));
                Connection before = home.laptop.dial("nas", 80).get(10, TimeUnit.SECONDS)) {
            before.output().write('?');
            then(before.input().read()).isEqualTo('n');
            home.hub.allow(Access.from("tv").to("nas").tcp(80));
            thenThrownBy(() -> ask(home.laptop.dial("nas", 80))).isInstanceOf(IOException.class);
            then(ask(home.tv.dial("nas", 80))).isEqualTo("nas tcp 80 to 10.99.0.4");
            then(before.isOpen()).isTrue();
            thenThrownBy(() -> home.hub.allow(Access.from("phone").to("nas").tcp(80)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("names somebody who is no member");
            then(ask(home.tv.dial("nas", 80))).isEqualTo("nas tcp 80 to 10.99.0.4");
        }
    }

    @Test
    void the_hub_reaches_everything_in_nobodys_name() throws Exception {
        try (Home home = new Home()) {
            then(ask(home.hub.dial("nas", 80))).isEqualTo("nas tcp 80 to nobody");
            then(ask(home.hub.dial("10.99.0.4", 81))).isEqualTo("tv tcp 81 to nobody");
            thenThrownBy(() -> ask(home.hub.dial("example.com", 80)))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("no rule allows it");
        }
    }

    @Test
    void a_member_that_is_away_is_waited_for_and_then_told_of() throws Exception {
        UUID nas = UUID.randomUUID();
        UUID phone = UUID.randomUUID();
        try (var hub = ReverseTunnel.network("home")
                        .range("fd00:99::/64")
                        .listen(Vless.server(0)
                                .address("127.0.0.1")
                                .user("nas", nas)
                                .user("phone", phone))
                        .member("nas", "fd00:99::2")
                        .member("phone", "fd00:99::3")
                        .allow(Access.from("phone").to("nas").tcp(22))
                        .waitForMember(Duration.ofMillis(100))
                        .start();
                NetworkMember caller = ReverseTunnel.member("phone")
                        .connect(Vless.client("127.0.0.1", hub.port("members")).user(phone))
                        .listen(Inbound.port(0).address("127.0.0.1").to("nas", 22))
                        .start()) {
            then(caller.ready()).isCompleted(); // it offers nothing
            caller.awaitReady(SECOND);
            thenThrownBy(() -> ask(caller.dial("fd00:99::2", 22))).isInstanceOf(IOException.class);
            then(hub.snapshot().failed()).isEqualTo(1);
            thenThrownBy(() -> ask(hub.dial("nas", 22)))
                    .hasMessageContaining("no bridge is connected to portal \"nas\"; is one running with domain "
                            + hub.domain("nas"));
            try (NetworkMember back = ReverseTunnel.member("nas")
                    .connect(Vless.client("127.0.0.1", hub.port("members")).user(nas))
                    .offer(22, Services.answering("nas ssh"))
                    .start()) {
                back.awaitReady(Duration.ofSeconds(10));
                then(ask(caller.dial("fd00:99::2", 22))).isEqualTo("nas ssh to fd00:99:0:0:0:0:0:3");
            }
        }
    }

    @Test
    void a_client_of_the_hubs_server_is_a_member_who_offers_nothing() throws Exception {
        try (Home home = new Home(Access.from("tv").to("nas").tcp(80));
                ReverseTunnel client = ReverseTunnel.node()
                        .outbound("hub", home.laptopAt(home.hub.port("members-2")))
                        .route(Rule.any().to("hub"))
                        .start()) {
            thenThrownBy(() -> ask(client.dial("nas", 80))).isInstanceOf(IOException.class);
            home.hub.allow(Access.from("laptop").to("nas").tcp(80));
            then(ask(client.dial("nas", 80))).isEqualTo("nas tcp 80 to 10.99.0.3");
        }
    }

    @Test
    void a_network_that_does_not_fit_says_all_that_is_wrong() {
        thenThrownBy(() -> ReverseTunnel.network("home").start())
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("network \"home\" cannot start: it has no addresses (call range(...)); nobody can come in"
                        + " (call listen(...)); it has no members (call member(...))");
        thenThrownBy(() -> ReverseTunnel.network("home")
                        .range("10.99.0.0/24")
                        .listen(Vmess.server(0).user("phone", UUID.randomUUID()))
                        .member("nas", "10.98.0.2")
                        .allow(Access.from("tv").to("nas"))
                        .start())
                .hasMessage("network \"home\" cannot start: member \"nas\": 10.98.0.2 is not in 10.99.0.0/24; member"
                        + " \"nas\" has no credential (call user(\"nas\", ...) of a server); user \"phone\" is no"
                        + " member (call member(\"phone\", address)); access tv to nas: nothing names somebody who is"
                        + " no member (known: [nas]); access tv to nas: nothing is to no service (call tcp(...),"
                        + " udp(...) or everything())");
        thenThrownBy(() -> ReverseTunnel.network("home")
                        .range("10.99.0.0/24")
                        .listen(Vmess.server(0).user("nas", UUID.randomUUID()).sniff(Sniffing.of("tls")))
                        .member("nas", "10.99.0.2")
                        .start())
                .hasMessage("network \"home\" cannot start: inbound \"members\": sniffing of [tls] (expected: none, for"
                        + " members are reached by name or address)");
        thenThrownBy(() ->
                        ReverseTunnel.network("home").member("nas", "10.99.0.2").member("tv", "10.99.0.2"))
                .hasMessage("member: \"tv\" at 10.99.0.2 (expected: a name and an address of his own)");
        thenThrownBy(() -> ReverseTunnel.network("home").member("nas", "nas.example"))
                .hasMessage("address of \"nas\": \"nas.example\" (expected: an IP address)");
        for (String name : new String[] {"", "NAS", "a.b", "-nas", "reverse", "x".repeat(64)}) {
            thenThrownBy(() -> ReverseTunnel.member(name)).as(name).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void a_member_that_does_not_fit_says_so() throws Exception {
        thenThrownBy(() -> ReverseTunnel.member("nas").start())
                .hasMessage("member \"nas\" cannot start: it has no hub (call connect(...))");
        thenThrownBy(() -> ReverseTunnel.member("nas")
                        .connect(Vless.client("127.0.0.1", 1)
                                .user(UUID.randomUUID())
                                .reverse()))
                .hasMessageContaining("(expected: a client without reverse()");
        thenThrownBy(() ->
                        ReverseTunnel.member("nas").offer(22, Outbound.refuse()).offer(22, Outbound.refuse()))
                .hasMessageStartingWith("service tcp 22: already set");
        thenThrownBy(() -> ReverseTunnel.member("nas").offer(0, Outbound.refuse()))
                .hasMessage("port: 0 (expected: 1~65535)");
        try (NetworkMember away = ReverseTunnel.member("nas")
                .connect(Vmess.client("127.0.0.1", 1).user(UUID.randomUUID()))
                .offer(22, Outbound.refuse())
                .start()) {
            thenThrownBy(() -> away.awaitReady(Duration.ofMillis(200)))
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining("cannot reach tcp:127.0.0.1:1");
        }
    }
}
