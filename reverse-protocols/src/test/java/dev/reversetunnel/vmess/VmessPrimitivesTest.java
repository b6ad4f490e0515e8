package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.Fnv1a;
import dev.reversetunnel.crypto.NonceCounter;
import dev.reversetunnel.crypto.Shake128;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class VmessPrimitivesTest {
    private static Stream<Vector> keys() {
        return Vectors.of("vmess-primitives", "vmess_cmd_key");
    }

    @ParameterizedTest
    @MethodSource("keys")
    void derives_the_keys_of_a_user(Vector vector) {
        UserKey key = UserKey.of(UUID.fromString(vector.text("uuid")));

        then(key.command()).isEqualTo(vector.hex("cmd_key"));
        then(key.authId()).isEqualTo(vector.hex("authid_aes_key"));
        then(UserKey.of(vector.text("uuid").replace("-", "")).command()).isEqualTo(vector.hex("cmd_key"));
        then(UserKey.of(vector.text("uuid").toUpperCase(Locale.ROOT)).command()).isEqualTo(vector.hex("cmd_key"));
    }

    private static Stream<Vector> texts() {
        return Vectors.of("vmess-primitives", "vmess_uuid_from_text");
    }

    @ParameterizedTest
    @MethodSource("texts")
    void makes_a_uuid_of_any_other_text(Vector vector) {
        then(UserId.of(vector.text("text")).uuid()).hasToString(vector.text("uuid"));
    }

    @Test
    void refuses_a_text_of_31_bytes_without_repeating_it() {
        String id = "thirty-one-characters-long-text";

        thenThrownBy(() -> UserKey.of(id))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("id: 31 bytes (expected: a UUID, or a text of 1~30 bytes)");
        thenThrownBy(() -> UserKey.of("")).isInstanceOf(IllegalArgumentException.class);
    }

    private static Stream<Vector> kdfs() {
        return Vectors.of("vmess-primitives", "vmess_kdf");
    }

    @ParameterizedTest
    @MethodSource("kdfs")
    void nests_the_hmacs(Vector vector) {
        NestedHmac level = NestedHmac.root();
        for (String part : vector.texts("path")) {
            level = level.with(HexFormat.of().parseHex(part));
        }

        then(level.of(vector.hex("key"))).isEqualTo(vector.hex("out"));
        then(level.of(vector.hex("key"))).as("a second time").isEqualTo(vector.hex("out"));
    }

    private static Stream<Vector> authIds() {
        return Vectors.of("vmess-primitives", "vmess_authid");
    }

    @ParameterizedTest
    @MethodSource("authIds")
    void seals_and_recognises_an_auth_id(Vector vector) {
        UserKey user = userOf(vector.hex("cmd_key"));
        byte[] authId = AuthId.seal(user, vector.time("time"), vector.hex("random"));
        byte[] plain = new byte[AuthId.BYTES];
        AesBlock.decrypting(user.authId()).apply(authId, 0, plain, 0);

        then(authId).isEqualTo(vector.hex("authid"));
        then(plain).isEqualTo(vector.hex("plain"));
        then(AuthId.isGenuine(plain)).isTrue();
        then(AuthId.seconds(plain)).isEqualTo(vector.time("time"));
    }

    private static UserKey userOf(byte[] commandKey) {
        return keys().map(vector -> UserKey.of(UUID.fromString(vector.text("uuid"))))
                .filter(key -> Arrays.equals(key.command(), commandKey))
                .findFirst()
                .orElseThrow();
    }

    private static Stream<Vector> checksums() {
        return Vectors.of("vmess-primitives", "crc32_fnv1a");
    }

    @ParameterizedTest
    @MethodSource("checksums")
    void sums_up_with_fnv1a(Vector vector) {
        byte[] in = vector.hex("in");
        byte[] sum = ByteBuffer.allocate(4).putInt(Fnv1a.of(in, 0, in.length)).array();

        then(sum).isEqualTo(vector.hex("fnv1a32"));
    }

    @Test
    void draws_from_shake128_across_its_blocks() {
        Vector vector =
                Vectors.of("vmess-primitives", "shake128_stream").findFirst().orElseThrow();
        byte[] expected = vector.hex("out");
        Shake128 stream = new Shake128(vector.hex("in"));
        ByteBuffer drawn = ByteBuffer.allocate(expected.length);
        while (drawn.hasRemaining()) {
            drawn.putShort((short) stream.nextU16());
        }

        then(drawn.array()).isEqualTo(expected);
    }

    @Test
    void expands_a_key_for_chacha() {
        Vector vector =
                Vectors.of("vmess-primitives", "vmess_chacha_key").findFirst().orElseThrow();

        then(ChunkFormat.expand(AeadAlgorithm.CHACHA20_POLY1305, vector.hex("key16")))
                .isEqualTo(vector.hex("key32"));
    }

    @Test
    void counts_nonces_and_starts_again_after_65536() {
        Vector vector =
                Vectors.of("vmess-primitives", "vmess_chunk_nonce").findFirst().orElseThrow();
        NonceCounter nonces = new NonceCounter(vector.hex("iv"));
        String[] all = new String[NonceCounter.PERIOD + 1];
        for (int i = 0; i < all.length; i++) {
            all[i] = HexFormat.of().formatHex(nonces.next());
        }

        then(Arrays.copyOf(all, 3)).containsExactlyElementsOf(vector.texts("n0_1_2"));
        then(new String[] {all[255], all[256], all[65535], all[65536]})
                .containsExactlyElementsOf(vector.texts("n255_256_65535_65536"));
        then(nonces.used()).isEqualTo(NonceCounter.PERIOD + 1);
    }

    @Test
    void says_nothing_of_a_key_in_its_text() {
        then(UserKey.of("canary-secret")).hasToString("UserKey");
        byte[] key = "canary-secret-16".getBytes(StandardCharsets.US_ASCII);
        then(AeadAlgorithm.AES_128_GCM.cipher(key)).hasToString("AeadCipher[AES_128_GCM]");
        then(AesBlock.encrypting(key)).hasToString("AesBlock");
    }
}
