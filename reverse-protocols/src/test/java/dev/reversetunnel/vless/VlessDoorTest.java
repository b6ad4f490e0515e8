package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.mux.MuxDialect;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VlessDoorTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    @Test
    void each_call_gives_a_new_server() {
        VlessServer empty = Vless.server(1024);
        VlessServer one = empty.user("shop", ID);

        then(empty).hasToString("Vless.server(1024, 0 users)");
        then(one.address("127.0.0.1")).hasToString("Vless.server(127.0.0.1:1024, 1 users)");
    }

    @Test
    void refuses_at_the_desk_what_cannot_be() {
        VlessServer server = Vless.server(1024).user("shop", ID);

        thenThrownBy(() -> Vless.server(65_536)).hasMessage("port: 65536 (expected: 0~65535)");
        thenThrownBy(() -> Vless.client("portal", 0)).hasMessage("port: 0 (expected: 1~65535)");
        thenThrownBy(() -> server.reverseUser("shop", "another")).hasMessage("user: \"shop\" is there already");
        thenThrownBy(() -> server.user(" ", "another")).hasMessageStartingWith("user: blank");
        thenThrownBy(() -> server.user("long", "x".repeat(31)))
                .hasMessage("id: 31 bytes (expected: a UUID, or a text of 1~30 bytes)");
        thenThrownBy(() -> server.fallback("127.0.0.1", 0)).hasMessageStartingWith("port: 0 (expected: ");
        thenThrownBy(() -> server.maxDatagram(0)).hasMessage("maxDatagram: 0 (expected: 1~65535)");
        thenThrownBy(() -> Vless.client("portal", 1).maxDatagram(65_536))
                .hasMessage("maxDatagram: 65536 (expected: 1~65535)");
        thenThrownBy(() -> Vless.client("portal", 1).user(ID).user("x")).hasMessage("user: already set");
    }

    @Test
    void two_ids_that_differ_in_the_route_alone_are_one() {
        VlessServer server = Vless.server(1024).user("shop", ID);

        for (String twin : List.of(ID.toString(), "b831381d-6324-ffff-ad4f-8cda48b30811")) {
            thenThrownBy(() -> server.reverseUser("twin", twin))
                    .hasMessage("user: \"twin\" has the id of \"shop\" (expected: one of his own; bytes 6 and 7 do not"
                            + " count)");
        }
        then(server.user("home", "b831381d-6324-4d53-ad4f-8cda48b30812")).hasToString("Vless.server(1024, 2 users)");
    }

    @Test
    void a_server_says_what_is_missing() {
        then(Vless.server(1).fault()).hasValueSatisfying(fault -> then(fault).contains("call user(...)"));
        then(Vless.server(1).user("shop", ID).fault())
                .hasValueSatisfying(fault -> then(fault)
                        .contains("in clear")
                        .contains("address(\"127.0.0.1\")")
                        .contains("insecure()"));
        then(Vless.server(1).address("192.0.2.1").user("shop", ID).fault()).isPresent();
        then(Vless.server(1).address("127.0.0.1").user("shop", ID).fault()).isEmpty();
        then(Vless.server(1).address("::1").user("shop", ID).fault()).isEmpty();
        then(Vless.server(1).user("shop", ID).insecure().fault()).isEmpty();
        then(Vless.server(1).user("shop", ID).transport(new Encrypted()).fault())
                .isEmpty();
    }

    @Test
    void a_client_says_what_is_missing() {
        then(Vless.client("127.0.0.1", 1).fault())
                .hasValueSatisfying(fault -> then(fault).contains("call user(...)"));
        for (String elsewhere : List.of("portal", "192.0.2.1", "2001:db8::1")) {
            then(Vless.client(elsewhere, 1).user(ID).fault())
                    .hasValueSatisfying(
                            fault -> then(fault).contains("in clear").contains("insecure()"));
            then(Vless.client(elsewhere, 1).user(ID).insecure().fault()).isEmpty();
            then(Vless.client(elsewhere, 1).user(ID).transport(new Encrypted()).fault())
                    .isEmpty();
        }
        for (String here : List.of("127.0.0.1", "::1", "localhost")) {
            then(Vless.client(here, 1).user(ID).fault()).isEmpty();
        }
    }

    @Test
    void a_client_tells_how_its_tunnels_are_spoken_to() {
        then(Vless.client("portal", 1).dialect()).isEqualTo(MuxDialect.COOL);
        then(Vless.client("portal", 1).reverse().dialect()).isEqualTo(MuxDialect.VLESS_REVERSE);
    }

    @Test
    void a_server_takes_bridges_by_command_if_it_knows_one() {
        then(Vless.server(1).user("shop", ID).takesReverse()).isFalse();
        then(Vless.server(1).user("shop", "x").reverseUser("home", ID).takesReverse())
                .isTrue();
    }

    @Test
    void never_shows_an_id_in_a_text() {
        for (Object thing : List.of(
                Vless.server(1).user("shop", ID),
                Vless.server(1).reverseUser("shop", ID),
                Vless.client("portal", 1).user(ID),
                Vless.client("portal", 1).user(ID).reverse())) {
            then(thing.toString()).doesNotContain("b831381d").doesNotContain("8cda48b30811");
        }
    }

    /** TLS as far as a protocol is concerned. */
    private static final class Encrypted extends NoTransport {
        @Override
        public boolean isEncrypted() {
            return true;
        }
    }
}
