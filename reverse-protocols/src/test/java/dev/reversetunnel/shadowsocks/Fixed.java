package dev.reversetunnel.shadowsocks;

import java.util.Arrays;
import java.util.Base64;

/** Passwords that are the same at each run. */
final class Fixed {
    private Fixed() {}

    static String password(ShadowsocksMethod method, int which) {
        byte[] key = new byte[method.keyBytes()];
        Arrays.fill(key, (byte) which);
        return Base64.getEncoder().encodeToString(key);
    }
}
