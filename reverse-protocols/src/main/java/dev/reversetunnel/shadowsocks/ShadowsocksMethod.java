package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.Blake3;
import dev.reversetunnel.crypto.HkdfSha1;
import dev.reversetunnel.crypto.Randomness;
import java.nio.charset.StandardCharsets;
import java.security.Provider;
import java.util.Arrays;
import java.util.Base64;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Edition and cipher, which both ends must agree on.
 *
 * <p>Take one of 2022 where both ends have it: an opening cannot be used twice, a packet neither, and the key is one,
 * not a password that could be guessed. Take AES where the processor has it; ChaCha20 costs ten times more there.
 */
public enum ShadowsocksMethod {
    /** The edition of 2022 with AES-128: the default. Xray, sing-box, shadowsocks-rust; V2Ray 5 as a client. */
    BLAKE3_AES_128_GCM_2022("2022-blake3-aes-128-gcm", AeadAlgorithm.AES_128_GCM, true),

    /** The edition of 2022 with AES-256. For the same peers. */
    BLAKE3_AES_256_GCM_2022("2022-blake3-aes-256-gcm", AeadAlgorithm.AES_256_GCM, true),

    /** The edition of 2022 with ChaCha20-Poly1305; for one user a port. Xray, sing-box, shadowsocks-rust. */
    BLAKE3_CHACHA20_POLY1305_2022("2022-blake3-chacha20-poly1305", AeadAlgorithm.CHACHA20_POLY1305, true),

    /** The edition of 2017 with AES-128, which all peers speak. */
    AES_128_GCM("aes-128-gcm", AeadAlgorithm.AES_128_GCM, false),

    /** The edition of 2017 with AES-256, which all peers speak. */
    AES_256_GCM("aes-256-gcm", AeadAlgorithm.AES_256_GCM, false),

    /** The edition of 2017 with ChaCha20-Poly1305, which all peers speak. */
    CHACHA20_IETF_POLY1305("chacha20-ietf-poly1305", AeadAlgorithm.CHACHA20_POLY1305, false);

    private static final byte[] SUBKEY_2017 = "ss-subkey".getBytes(StandardCharsets.US_ASCII);
    private static final String SESSION_SUBKEY_2022 = "shadowsocks 2022 session subkey";
    private static final String IDENTITY_SUBKEY_2022 = "shadowsocks 2022 identity subkey";

    private final String text;
    private final AeadAlgorithm algorithm;
    private final boolean is2022;

    ShadowsocksMethod(String text, AeadAlgorithm algorithm, boolean is2022) {
        this.text = text;
        this.algorithm = algorithm;
        this.is2022 = is2022;
    }

    /**
     * The method of a name, as it stands in the configuration of any peer.
     *
     * @param name such as {@code aes-128-gcm}; in any case, with V2Ray's other names
     * @return the method
     * @throws IllegalArgumentException if we do not have it
     */
    public static ShadowsocksMethod of(String name) {
        String lower = name.toLowerCase(Locale.ROOT);
        String known = switch (lower) {
            case "aead_aes_128_gcm" -> AES_128_GCM.text;
            case "aead_aes_256_gcm" -> AES_256_GCM.text;
            case "chacha20-poly1305", "aead_chacha20_poly1305" -> CHACHA20_IETF_POLY1305.text;
            default -> lower;
        };
        for (ShadowsocksMethod method : values()) {
            if (method.text.equals(known)) {
                return method;
            }
        }
        throw new IllegalArgumentException("method: \"" + name + "\" (expected: one of "
                + Stream.of(values()).map(method -> method.text).collect(Collectors.joining(", ")) + ")");
    }

    /**
     * A new secret for this method, from secure randomness.
     *
     * @return a key in base64, as the edition of 2022 demands; for 2017 a password that nobody guesses
     */
    public String newPassword() {
        byte[] key = Randomness.secure().bytes(keyBytes());
        try {
            return Base64.getEncoder().encodeToString(key);
        } finally {
            Arrays.fill(key, (byte) 0);
        }
    }

    /** The name by which all peers know it. */
    @Override
    public String toString() {
        return text;
    }

    boolean is2022() {
        return is2022;
    }

    boolean isAes() {
        return algorithm != AeadAlgorithm.CHACHA20_POLY1305;
    }

    AeadAlgorithm algorithm() {
        return algorithm;
    }

    int keyBytes() {
        return algorithm.keyBytes();
    }

    /** In both editions a salt is as long as a key. */
    int saltBytes() {
        return algorithm.keyBytes();
    }

    /** The largest payload of a chunk. */
    int maxPayload() {
        return is2022 ? 65_535 : 0x3fff;
    }

    /**
     * The key of one direction of a stream, of a datagram (2017), or of a session of datagrams (2022, AES).
     *
     * @param salt that of the stream or the datagram; the id of the session
     */
    byte[] subkey(byte[] key, byte[] salt) {
        return is2022
                ? Blake3.deriveKey(SESSION_SUBKEY_2022, key, salt, keyBytes())
                : HkdfSha1.deriveKey(key, salt, SUBKEY_2017, keyBytes());
    }

    /** The key of an identity header of a stream. */
    byte[] identitySubkey(byte[] key, byte[] salt) {
        return Blake3.deriveKey(IDENTITY_SUBKEY_2022, key, salt, keyBytes());
    }

    /** A cipher under the subkey for a salt. */
    AeadCipher cipher(byte[] key, byte[] salt, @Nullable Provider provider) {
        byte[] subkey = subkey(key, salt);
        try {
            return algorithm.cipher(subkey, provider);
        } finally {
            Arrays.fill(subkey, (byte) 0);
        }
    }
}
