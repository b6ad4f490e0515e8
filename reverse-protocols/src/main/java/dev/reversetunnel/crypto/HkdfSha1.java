package dev.reversetunnel.crypto;

import io.netty.util.concurrent.FastThreadLocal;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Mac;

/**
 * HKDF with HMAC-SHA1 (RFC 5869), extract and expand in one. Keeps an {@link Mac} for each thread, for a server may
 * have to derive a key for each of its users.
 */
public final class HkdfSha1 {
    private static final String ALGORITHM = "HmacSHA1";

    private static final FastThreadLocal<Mac> MACS = new FastThreadLocal<>() {
        @Override
        protected Mac initialValue() throws GeneralSecurityException {
            return Mac.getInstance(ALGORITHM);
        }
    };

    private HkdfSha1() {}

    /**
     * Derives a key.
     *
     * @param key secret material
     * @param salt need not be secret; not empty
     * @param info what the key is for
     * @param length of the derived key, in bytes
     * @return the derived key
     */
    public static byte[] deriveKey(byte[] key, byte[] salt, byte[] info, int length) {
        Mac mac = MACS.get();
        try {
            byte[] derived = new byte[length];
            mac.init(new WipeableKey(ALGORITHM, salt));
            byte[] extracted = mac.doFinal(key);
            mac.init(new WipeableKey(ALGORITHM, extracted));
            Arrays.fill(extracted, (byte) 0);
            byte[] block = {};
            for (int done = 0, number = 1; done < length; number++) {
                mac.update(block);
                mac.update(info);
                block = mac.doFinal(new byte[] {(byte) number});
                int part = Math.min(block.length, length - done);
                System.arraycopy(block, 0, derived, done, part);
                done += part;
            }
            Arrays.fill(block, (byte) 0);
            return derived;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(ALGORITHM + ": not in this JDK", e);
        }
    }
}
