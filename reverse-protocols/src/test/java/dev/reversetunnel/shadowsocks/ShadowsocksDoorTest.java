package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import org.junit.jupiter.api.Test;

/** What the builders take, and what they refuse at the desk. */
class ShadowsocksDoorTest {
    private static final String KEY_16 = "ia6NPQuOnovIePVgKhgIwg==";
    private static final String OTHER_16 = "IZ8M4yphFRbIvwASivGGpg==";
    private static final String KEY_32 = "SIpjqzLtZzeyJUlYfBkaVP6ZkjDe2QuGi4Oi01L+x4o=";

    @Test
    void each_call_gives_a_new_server() {
        ShadowsocksServer empty = Shadowsocks.server(8388);
        ShadowsocksServer one = empty.user("shop", KEY_16);

        then(empty).hasToString("Shadowsocks.server(8388, 2022-blake3-aes-128-gcm, 0 users)");
        then(one.address("127.0.0.1").method(ShadowsocksMethod.AES_256_GCM))
                .hasToString("Shadowsocks.server(127.0.0.1:8388, aes-256-gcm, 1 users)");
        then(Shadowsocks.client("portal", 8388).password(KEY_16))
                .hasToString("Shadowsocks.client(portal:8388, 2022-blake3-aes-128-gcm)");
    }

    @Test
    void refuses_at_the_desk_what_cannot_be() {
        ShadowsocksServer server = Shadowsocks.server(8388)
                .method(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022)
                .user("shop", KEY_16);

        thenThrownBy(() -> Shadowsocks.server(65_536)).hasMessage("port: 65536 (expected: 0~65535)");
        thenThrownBy(() -> Shadowsocks.client("portal", 0)).hasMessage("port: 0 (expected: 1~65535)");
        thenThrownBy(() -> server.user("shop", OTHER_16)).hasMessage("user: \"shop\" is there already");
        thenThrownBy(() -> server.user("twin", KEY_16))
                .hasMessage("user: \"twin\" has the password of \"shop\" (expected: one of his own)");
        thenThrownBy(() -> server.user(" ", OTHER_16)).hasMessageStartingWith("user: blank");
        thenThrownBy(() -> server.user("home", KEY_32))
                .hasMessageStartingWith("password of user \"home\": 32 bytes (expected: a key of exactly 16 bytes");
        thenThrownBy(() -> server.method(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022))
                .hasMessageStartingWith("password of user \"shop\": 16 bytes (expected: a key of exactly 32 bytes");
        thenThrownBy(() -> server.serverKey("a secret")).hasMessageStartingWith("serverKey: no base64");
        thenThrownBy(() -> server.user("home", ShadowsocksMethod.BLAKE3_AES_256_GCM_2022, KEY_32))
                .hasMessageStartingWith("method: 2022-blake3-aes-256-gcm (expected: one of 2017");
        thenThrownBy(() -> server.replayCapacity(0)).hasMessage("replayCapacity: 0 (expected: 1 or more)");
        thenThrownBy(() -> server.maxAssociations(0)).hasMessage("maxAssociations: 0 (expected: 1 or more)");
        thenThrownBy(() -> server.client().clientOnly()).isInstanceOf(IllegalStateException.class);
        thenThrownBy(() -> Shadowsocks.client("portal", 1).password("a").password("b"))
                .hasMessage("password: already set");
        thenThrownBy(() -> Shadowsocks.client("portal", 1)
                        .method(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022)
                        .password("a secret"))
                .hasMessageStartingWith("password: no base64 (expected: a key of exactly 16 bytes in base64");
    }

    @Test
    void says_before_the_start_what_is_missing_or_does_not_fit() {
        ShadowsocksServer server = Shadowsocks.server(8388);
        then(server.fault().orElse("")).endsWith(": nobody can come in (call user(...))");
        then(server.user("shop", KEY_16).fault()).isEmpty();
        then(server.user("shop", KEY_32).fault().orElse("")).contains("32 bytes (expected: a key of exactly 16 bytes");
        ShadowsocksServer two = server.user("shop", KEY_16).user("home", OTHER_16);
        then(two.fault().orElse("")).contains("call serverKey(...)");
        then(two.serverKey(KEY_16).fault()).isEmpty();
        ShadowsocksServer chacha =
                server.method(ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022).user("shop", KEY_32);
        then(chacha.fault()).isEmpty();
        then(chacha.serverKey(KEY_32).fault().orElse("")).contains("only the AES methods of 2022 tell users apart");
        ShadowsocksServer old = server.method(ShadowsocksMethod.AES_128_GCM).user("shop", "a password");
        then(old.fault()).isEmpty();
        then(old.user("home", ShadowsocksMethod.AES_256_GCM, "another").fault()).isEmpty();
        then(old.serverKey(KEY_16).fault().orElse("")).contains("serverKey: set (expected: none");
        then(server.user("shop", KEY_16)
                        .user("home", ShadowsocksMethod.AES_128_GCM, "a password")
                        .fault()
                        .orElse(""))
                .contains("expected: one edition");

        then(Shadowsocks.client("portal", 1).fault().orElse("")).contains("comes as nobody (call password(...))");
        then(Shadowsocks.client("portal", 1).password("a secret").fault().orElse(""))
                .contains("no base64")
                .doesNotContain("a secret");
    }
}
