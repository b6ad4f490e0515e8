package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class ShadowsocksKeysTest {
    private static final String KEY_16 = "ia6NPQuOnovIePVgKhgIwg==";

    static Stream<Vector> stretched() {
        return Vectors.of("shadowsocks-aead", "evp_bytes_to_key_md5");
    }

    @ParameterizedTest
    @MethodSource("stretched")
    void a_password_of_2017_is_stretched_as_recorded(Vector vector) {
        byte[] key = vector.hex("key");
        ShadowsocksMethod method =
                key.length == 16 ? ShadowsocksMethod.AES_128_GCM : ShadowsocksMethod.CHACHA20_IETF_POLY1305;
        if (vector.text("password_utf8").isEmpty()) {
            thenThrownBy(() -> UserKey.of(method, "password", "")).hasMessage("password: empty (expected: a password)");
        } else {
            then(UserKey.of(method, "password", vector.text("password_utf8")).bytes())
                    .isEqualTo(key);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "AAAA;                                          3 bytes",
                "ia6NPQuOnovIePVgKhgIwgA=;                      17 bytes",
                "SIpjqzLtZzeyJUlYfBkaVP6ZkjDe2QuGi4Oi01L+x4o=;  32 bytes",
                "ia6NPQuOnovIePVgKhgIwg;                        base64 without padding",
                "correct horse battery staple;                  no base64",
                "'';                                            0 bytes",
            })
    void a_key_of_2022_has_exactly_the_right_size(String password, String what) {
        thenThrownBy(() -> UserKey.of(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, "password", password))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("password: " + what + " (expected: a key of exactly 16 bytes in base64 for"
                        + " 2022-blake3-aes-128-gcm; ShadowsocksMethod.newPassword() makes one)");
    }

    @Test
    void a_password_of_2022_is_one_key_or_several() {
        ShadowsocksMethod method = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
        String own = method.newPassword();

        then(ClientKey.of(method, KEY_16).identities()).isEmpty();
        ClientKey two = ClientKey.of(method, KEY_16 + ':' + own);
        then(two.first().bytes()).isEqualTo(Base64.getDecoder().decode(KEY_16));
        then(two.own().bytes()).isEqualTo(Base64.getDecoder().decode(own));
        then(two.next(0)).isSameAs(two.own());
        thenThrownBy(() -> ClientKey.of(method, KEY_16 + ":")).hasMessageStartingWith("password, key 2 of 2: 0 bytes");
        ShadowsocksMethod chacha = ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022;
        thenThrownBy(() -> ClientKey.of(chacha, chacha.newPassword() + ':' + chacha.newPassword()))
                .hasMessageStartingWith("password: 2 keys (expected: one");
    }

    @Test
    void a_password_of_2017_may_have_colons() {
        then(ClientKey.of(ShadowsocksMethod.AES_128_GCM, "a:b").identities()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void a_method_is_found_by_its_name_and_makes_its_own_passwords(ShadowsocksMethod method) {
        then(ShadowsocksMethod.of(method.toString())).isSameAs(method);
        String password = method.newPassword();
        then(UserKey.of(method, "password", password).bytes()).hasSize(method.keyBytes());
        then(PasswordStrength.isEnough(password)).isTrue();
        then(method.newPassword()).isNotEqualTo(password);
    }

    @Test
    void a_method_is_found_by_the_other_names_of_v2ray() {
        then(ShadowsocksMethod.of("AEAD_AES_128_GCM")).isSameAs(ShadowsocksMethod.AES_128_GCM);
        then(ShadowsocksMethod.of("chacha20-poly1305")).isSameAs(ShadowsocksMethod.CHACHA20_IETF_POLY1305);
        thenThrownBy(() -> ShadowsocksMethod.of("rc4-md5"))
                .hasMessageStartingWith("method: \"rc4-md5\" (expected: one of 2022-blake3-aes-128-gcm, ");
    }

    @ParameterizedTest
    @CsvSource({
        "secret, false",
        "correct horse, false",
        "0123456789abcdef, false",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, false",
        "8c9f2b7d1e4a6035f8c9d2b7e1a46053, true",
        "correct horse battery staple, true",
        "ia6NPQuOnovIePVgKhgIwg==, true",
    })
    void a_password_is_strong_if_nobody_can_try_all_that_are_like_it(String password, boolean strong) {
        then(PasswordStrength.isEnough(password)).isEqualTo(strong);
    }

    @Test
    void no_text_shows_a_key() {
        UserKey key = UserKey.of(ShadowsocksMethod.AES_128_GCM, "password", "secret password");
        ShadowsocksUser user = new ShadowsocksUser("shop", ShadowsocksMethod.AES_128_GCM, key);
        ClientKey client = ClientKey.of(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, KEY_16);
        String all = key + " " + user + " " + client + " "
                + Shadowsocks.server(1).method(ShadowsocksMethod.AES_128_GCM).user("shop", "secret password") + " "
                + Shadowsocks.client("portal", 1).password(KEY_16);

        then(all).doesNotContain("secret", KEY_16, new String(key.bytes(), StandardCharsets.ISO_8859_1));
        then(all).doesNotContain(Arrays.toString(key.bytes()));
    }
}
