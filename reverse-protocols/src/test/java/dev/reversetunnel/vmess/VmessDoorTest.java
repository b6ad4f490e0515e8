package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import java.security.Provider;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VmessDoorTest {
    private static final UUID ID = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");

    @Test
    void each_call_gives_a_new_server() {
        VmessServer empty = Vmess.server(1024);
        VmessServer one = empty.user("shop", ID);

        then(empty).hasToString("Vmess.server(1024, 0 users)");
        then(one.address("127.0.0.1")).hasToString("Vmess.server(127.0.0.1:1024, 1 users)");
    }

    @Test
    void refuses_at_the_desk_what_cannot_be() {
        VmessServer server = Vmess.server(1024).user("shop", ID);

        thenThrownBy(() -> Vmess.server(65_536)).hasMessage("port: 65536 (expected: 0~65535)");
        thenThrownBy(() -> Vmess.client("portal", 0)).hasMessage("port: 0 (expected: 1~65535)");
        thenThrownBy(() -> server.user("shop", "another")).hasMessage("user: \"shop\" is there already");
        thenThrownBy(() -> server.user("twin", ID.toString()))
                .hasMessage("user: \"twin\" has the id of \"shop\" (expected: one of his own)");
        thenThrownBy(() -> server.user(" ", "another")).hasMessageStartingWith("user: blank");
        thenThrownBy(() -> server.address("localhost"))
                .hasMessage("address: \"localhost\" (expected: an IP address of this machine)");
        thenThrownBy(() -> server.handshakeTimeout(Duration.ZERO))
                .hasMessage("handshakeTimeout: PT0S (expected: more than 0)");
        thenThrownBy(() -> server.client().clientOnly()).isInstanceOf(IllegalStateException.class);
        thenThrownBy(() -> server.maxUnauthenticated(0, 1)).hasMessage("inAll: 0 (expected: 1 or more)");
        thenThrownBy(() -> server.replayCapacity(0)).hasMessage("replayCapacity: 0 (expected: 1 or more)");
        thenThrownBy(() -> Vmess.client("portal", 1).user(ID).user(ID)).hasMessage("user: already set");
    }

    @Test
    void never_shows_a_secret_in_a_text() {
        UserKey key = UserKey.of(ID);
        VmessRequest request =
                VmessRequest.random(Destination.tcp("web", 80), VmessSecurity.AES_128_GCM, 0x0d, Randomness.secure());
        List<Object> things = List.of(
                key,
                new VmessUser("shop", key),
                Vmess.server(1).user("shop", ID),
                Vmess.client("portal", 1).user(ID),
                request,
                new RequestHeaderDecoder.Opening(new VmessUser("shop", key), request),
                new UserSearch.Found(new VmessUser("shop", key), 1));
        List<String> secrets = List.of(
                ID.toString(),
                ID.toString().replace("-", ""),
                HexFormat.of().formatHex(key.command()),
                HexFormat.of().formatHex(request.key()),
                HexFormat.of().formatHex(request.iv()));

        for (Object thing : things) {
            then(thing.toString()).doesNotContain(secrets);
        }
    }

    @Test
    void takes_a_cipher_from_a_provider_only_if_it_has_it() {
        Provider none = new Provider("none", "1", "has nothing") {
            private static final long serialVersionUID = 1L;
        };
        byte[] key = new byte[32];
        byte[] out = new byte[16];

        int sealed =
                AeadAlgorithm.CHACHA20_POLY1305.cipher(key, none).seal(new byte[12], null, new byte[0], 0, 0, out, 0);
        then(sealed).isEqualTo(16);
    }
}
