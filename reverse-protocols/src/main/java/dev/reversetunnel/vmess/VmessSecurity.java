package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.AeadAlgorithm;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** How the bytes behind a VMess header are protected. The client chooses. */
public enum VmessSecurity {
    /**
     * {@link #AES_128_GCM} on processors that have AES instructions (x86-64, 64-bit ARM), else
     * {@link #CHACHA20_POLY1305}. The default.
     */
    AUTO(-1),

    /** AES-128-GCM. */
    AES_128_GCM(3),

    /** ChaCha20-Poly1305; a tenth of the speed of AES on Java 17. */
    CHACHA20_POLY1305(4),

    /**
     * Chunks without encryption. For V2Ray, Xray up to 26.7.10, sing-box and this library; later versions of Xray
     * refuse it. Protects nothing.
     */
    NONE(5),

    /** Not even chunks: the bytes as they are. For the same peers as {@link #NONE}. Protects nothing. */
    ZERO(5);

    private final int code;

    VmessSecurity(int code) {
        this.code = code;
    }

    /** The low nibble on the wire. */
    int code() {
        return code;
    }

    /** As documents and links spell it. */
    String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    static VmessSecurity of(int code) {
        return switch (code) {
            case 3 -> AES_128_GCM;
            case 4 -> CHACHA20_POLY1305;
            case 5 -> NONE;
            default ->
                // 1 is AES-128-CFB of old, 2 and 6 are words of configuration, 0 meant different things over time
                throw new CarrierException(
                        CarrierException.Reason.SECURITY,
                        "security: " + code + " (expected: 3 AES-128-GCM, 4 ChaCha20-Poly1305, or 5 none)");
        };
    }

    /** Never {@link #AUTO}. */
    VmessSecurity resolved() {
        if (this != AUTO) {
            return this;
        }
        String processor = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        return switch (processor) {
            case "amd64", "x86_64", "aarch64", "s390x", "ppc64le" -> AES_128_GCM;
            default -> CHACHA20_POLY1305;
        };
    }

    boolean isEncrypted() {
        return algorithm() != null;
    }

    /** The cipher; null where there is none. */
    @Nullable
    AeadAlgorithm algorithm() {
        return switch (this) {
            case AES_128_GCM -> AeadAlgorithm.AES_128_GCM;
            case CHACHA20_POLY1305 -> AeadAlgorithm.CHACHA20_POLY1305;
            case AUTO -> resolved().algorithm();
            case NONE, ZERO -> null;
        };
    }
}
