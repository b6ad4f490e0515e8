package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.AeadCipher;
import io.netty.util.concurrent.FastThreadLocal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;

/**
 * Derives the keys of VMess with an AEAD header. Each thread keeps the levels above the constant labels, which saves a
 * third of the work.
 */
final class VmessKdf {
    private static final FastThreadLocal<VmessKdf> CURRENT = new FastThreadLocal<>() {
        @Override
        protected VmessKdf initialValue() {
            return new VmessKdf();
        }
    };
    private static final int AES_KEY_BYTES = 16;

    private final Map<Label, NestedHmac> levels = new EnumMap<>(Label.class);

    private VmessKdf() {
        NestedHmac root = NestedHmac.root();
        for (Label label : Label.values()) {
            levels.put(label, root.with(label.text.getBytes(StandardCharsets.US_ASCII)));
        }
    }

    /** A key of AES-128. */
    static byte[] key(byte[] secret, Label label, byte[]... path) {
        return Arrays.copyOf(derive(secret, label, path), AES_KEY_BYTES);
    }

    /** A nonce of AES-GCM. */
    static byte[] nonce(byte[] secret, Label label, byte[]... path) {
        return Arrays.copyOf(derive(secret, label, path), AeadCipher.NONCE_BYTES);
    }

    /** All 32 bytes. */
    static byte[] derive(byte[] secret, Label label, byte[]... path) {
        NestedHmac level = CURRENT.get().levels.get(label);
        if (level == null) {
            throw new IllegalArgumentException("label: " + label);
        }
        for (byte[] part : path) {
            level = level.with(part);
        }
        return level.of(secret);
    }

    /** What a key is for; the texts are the protocol's. */
    enum Label {
        AUTH_ID("AES Auth ID Encryption"),
        REQUEST_LENGTH_KEY("VMess Header AEAD Key_Length"),
        REQUEST_LENGTH_NONCE("VMess Header AEAD Nonce_Length"),
        REQUEST_KEY("VMess Header AEAD Key"),
        REQUEST_NONCE("VMess Header AEAD Nonce"),
        RESPONSE_LENGTH_KEY("AEAD Resp Header Len Key"),
        RESPONSE_LENGTH_NONCE("AEAD Resp Header Len IV"),
        RESPONSE_KEY("AEAD Resp Header Key"),
        RESPONSE_NONCE("AEAD Resp Header IV"),
        CHUNK_LENGTH("auth_len");

        private final String text;

        Label(String text) {
            this.text = text;
        }
    }
}
