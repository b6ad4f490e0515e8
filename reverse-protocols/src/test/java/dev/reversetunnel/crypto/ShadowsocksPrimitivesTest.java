package dev.reversetunnel.crypto;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What Shadowsocks is made of. */
class ShadowsocksPrimitivesTest {
    private static byte[] hex(String text) {
        return HexFormat.of().parseHex(text);
    }

    static Stream<Vector> hashes() {
        return Vectors.of("shadowsocks-2022", "blake3_hash");
    }

    @ParameterizedTest
    @MethodSource("hashes")
    void blake3_hashes_as_recorded(Vector vector) {
        then(Blake3.hash(vector.hex("in"))).isEqualTo(vector.hex("out"));
    }

    static Stream<Vector> derivations() {
        return Vectors.of("shadowsocks-2022", "blake3_derive_key");
    }

    @ParameterizedTest
    @MethodSource("derivations")
    void blake3_derives_keys_as_recorded(Vector vector) {
        byte[] material = vector.hex("material");
        byte[] out = vector.hex("out");
        for (int cut = 0; cut <= material.length; cut += 8) {
            then(Blake3.deriveKey(
                            vector.text("context"),
                            Arrays.copyOf(material, cut),
                            Arrays.copyOfRange(material, cut, material.length),
                            out.length))
                    .isEqualTo(out);
        }
    }

    static Stream<Vector> subkeys() {
        return Vectors.of("shadowsocks-aead", "hkdf_sha1_ss_subkey");
    }

    @ParameterizedTest
    @MethodSource("subkeys")
    void hkdf_derives_subkeys_as_recorded(Vector vector) {
        byte[] subkey = vector.hex("subkey");
        then(HkdfSha1.deriveKey(
                        vector.hex("key"),
                        vector.hex("salt"),
                        "ss-subkey".getBytes(StandardCharsets.US_ASCII),
                        subkey.length))
                .isEqualTo(subkey);
    }

    /** RFC 5869, A.4: more than one block, none of which is used up. */
    @Test
    void hkdf_derives_keys_of_several_blocks() {
        then(HkdfSha1.deriveKey(
                        hex("0b0b0b0b0b0b0b0b0b0b0b"),
                        hex("000102030405060708090a0b0c"),
                        hex("f0f1f2f3f4f5f6f7f8f9"),
                        42))
                .isEqualTo(hex("085a01ea1b10f36933068b56efa5ad81a4f14b822f5b091568a9cdd4f155fda2c22e422478d305f3f896"));
    }

    /** draft-irtf-cfrg-xchacha-03, 2.2.1. */
    @Test
    void hchacha20_derives_the_key_of_its_draft() {
        byte[] key = hex("000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f");
        byte[] nonce = hex("000000090000004a0000000031415927" + "0102030405060708");

        then(HChaCha20.deriveKey(key, nonce, 0))
                .isEqualTo(hex("82413b4227b27bfed30e42508a877d73a0f9e4d58a74a853c12ec41326d3ecdc"));
        then(HChaCha20.innerNonce(nonce, 0)).isEqualTo(hex("000000000102030405060708"));
    }

    @Test
    void aes_256_gcm_opens_what_it_seals_and_nothing_else() throws BadTagException {
        byte[] key = new byte[32];
        byte[] nonce = new byte[12];
        byte[] plain = "hello".getBytes(StandardCharsets.US_ASCII);
        byte[] sealed = new byte[plain.length + 16];
        AeadAlgorithm.AES_256_GCM.cipher(key).seal(nonce, null, plain, 0, plain.length, sealed, 0);

        byte[] opened = new byte[plain.length];
        AeadAlgorithm.AES_256_GCM.cipher(key).open(nonce, null, sealed, 0, sealed.length, opened, 0);
        then(opened).isEqualTo(plain);
        // NIST's test case 13 is the empty text: its tag
        byte[] tag = new byte[16];
        AeadAlgorithm.AES_256_GCM.cipher(key).seal(nonce, null, plain, 0, 0, tag, 0);
        then(tag).isEqualTo(hex("530f8afbc74536b9a963b4f1c4cb738b"));
    }

    // ---- nonces ----

    @Test
    void nonces_count_with_the_least_significant_byte_first() {
        LittleEndianNonce nonces = new LittleEndianNonce();
        then(nonces.next()).isEqualTo(hex("000000000000000000000000"));
        then(nonces.next()).isEqualTo(hex("010000000000000000000000"));
        for (int i = 2; i <= 255; i++) {
            nonces.next();
        }
        then(nonces.next()).isEqualTo(hex("000100000000000000000000"));
        for (int i = 257; i <= 65_535; i++) {
            nonces.next();
        }
        then(nonces.next()).isEqualTo(hex("000001000000000000000000"));
    }

    // ---- the window of packets ----

    @Test
    void takes_each_number_once_in_whatever_order() {
        SlidingWindow window = new SlidingWindow();
        then(window.enter(0)).isTrue();
        then(window.enter(0)).isFalse();
        then(window.enter(5)).isTrue();
        then(window.enter(3)).isTrue();
        then(window.enter(3)).isFalse();
    }

    @Test
    void takes_numbers_down_to_8128_behind_the_highest() {
        SlidingWindow window = new SlidingWindow();
        then(SlidingWindow.WIDTH).isEqualTo(8_128);
        window.enter(100_000);
        then(window.isNew(100_000 - 8_128)).isTrue();
        then(window.isNew(100_000 - 8_129)).isFalse();
        then(window.enter(100_000 - 8_129)).isFalse();
        then(window.enter(100_000 - 8_128)).isTrue();
        then(window.enter(100_000 - 8_128)).isFalse();
    }

    @Test
    void a_question_changes_nothing() {
        SlidingWindow window = new SlidingWindow();
        then(window.isNew(7)).isTrue();
        then(window.isNew(7)).isTrue();
        then(window.enter(7)).isTrue();
        then(window.isNew(7)).isFalse();
    }

    @Test
    void counts_beyond_the_top_bit() {
        SlidingWindow window = new SlidingWindow();
        then(window.enter(Long.MAX_VALUE)).isTrue();
        then(window.enter(Long.MIN_VALUE)).isTrue();
        then(window.enter(Long.MAX_VALUE)).isFalse();
        then(window.enter(-1)).isTrue();
        then(window.enter(0)).as("long ago").isFalse();
    }

    @Test
    void does_what_a_set_of_all_numbers_would_do() {
        Random random = new Random(20260101);
        for (int trial = 0; trial < 50; trial++) {
            SlidingWindow window = new SlidingWindow();
            Set<Long> seen = new HashSet<>();
            long highest = -1;
            long at = random.nextInt(3) * 8_000L;
            for (int i = 0; i < 4_000; i++) {
                at = Math.max(0, at + random.nextInt(trial % 2 == 0 ? 8 : 700) - 3L * random.nextInt(4));
                long number = Math.max(0, at - (random.nextInt(3) == 0 ? random.nextInt(9_000) : 0));
                boolean expected = number + SlidingWindow.WIDTH >= highest && !seen.contains(number);
                then(window.enter(number))
                        .as("%d of highest %d", number, highest)
                        .isEqualTo(expected);
                seen.add(number);
                highest = Math.max(highest, number);
            }
        }
    }

    // ---- salts ----

    private static byte[] salt(int number) {
        byte[] salt = new byte[32];
        new Random(number).nextBytes(salt);
        return salt;
    }

    @Test
    void remembers_a_generation_at_least_and_two_at_most() {
        SaltMemory memory = new SaltMemory(100);
        for (int i = 0; i < 250; i++) {
            then(memory.contains(salt(i))).isFalse();
            then(memory.enter(salt(i))).isTrue();
            then(memory.enter(salt(i))).isFalse();
            then(memory.enter(salt(Math.max(0, i - 99))))
                    .as("the hundredth before")
                    .isFalse();
        }
        then(memory.contains(salt(100))).as("of the generation before").isTrue();
        then(memory.contains(salt(99))).as("of the one before that").isFalse();
    }

    @Test
    void tells_salts_of_both_sizes_apart() {
        SaltMemory memory = new SaltMemory(10);
        then(memory.enter(Arrays.copyOf(salt(1), 16))).isTrue();
        then(memory.enter(salt(1))).isTrue();
        then(memory.enter(Arrays.copyOf(salt(1), 16))).isFalse();
    }

    @Test
    void of_two_threads_with_one_salt_one_is_first() throws InterruptedException {
        SaltMemory memory = new SaltMemory(100_000);
        int[] firsts = new int[4];
        Thread[] threads = new Thread[firsts.length];
        for (int t = 0; t < threads.length; t++) {
            int mine = t;
            threads[t] = new Thread(() -> {
                for (int i = 0; i < 5_000; i++) {
                    firsts[mine] += memory.enter(salt(i)) ? 1 : 0;
                }
            });
            threads[t].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
        then(Arrays.stream(firsts).sum()).isEqualTo(5_000);
    }
}
