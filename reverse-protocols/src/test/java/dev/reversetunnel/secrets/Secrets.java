package dev.reversetunnel.secrets;

import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.UUID;

/**
 * New secrets of all kinds, and what somebody has who has the wrong ones, or was careless with them.
 *
 * @param vmess an id
 * @param vless an id
 * @param serverKey of Shadowsocks 2022
 * @param userKey of Shadowsocks 2022
 * @param password of Shadowsocks of 2017
 * @param proxyPassword of SOCKS and HTTP
 * @param wrongId nobody's
 * @param wrongKey nobody's
 * @param wrongPassword nobody's
 * @param brokenId lacks a digit
 * @param brokenKey lacks a byte
 */
record Secrets(
        UUID vmess,
        UUID vless,
        String serverKey,
        String userKey,
        String password,
        String proxyPassword,
        UUID wrongId,
        String wrongKey,
        String wrongPassword,
        String brokenId,
        String brokenKey) {
    static final ShadowsocksMethod METHOD = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;

    static Secrets create() {
        return new Secrets(
                UUID.randomUUID(),
                UUID.randomUUID(),
                METHOD.newPassword(),
                METHOD.newPassword(),
                password("old"),
                password("proxy"),
                UUID.randomUUID(),
                METHOD.newPassword(),
                password("wrong"),
                UUID.randomUUID().toString().substring(1),
                METHOD.newPassword().substring(4));
    }

    private static String password(String prefix) {
        return prefix + "-" + UUID.randomUUID().toString().replace("-", "~");
    }

    private List<Canary> canaries() {
        return List.of(
                Canary.id("the VMess id", vmess),
                Canary.commandKey("the key of the VMess id", vmess),
                Canary.id("the VLESS id", vless),
                Canary.base64("the 2022 key of the server", serverKey),
                Canary.base64("the 2022 key of the user", userKey),
                Canary.text("the 2017 password", password),
                Canary.passwordKey("the key of the 2017 password", password),
                Canary.text("the password for proxies", proxyPassword),
                Canary.id("the wrong id", wrongId),
                Canary.commandKey("the key of the wrong id", wrongId),
                Canary.base64("the wrong key", wrongKey),
                Canary.text("the wrong password", wrongPassword),
                Canary.text("the broken id", brokenId),
                Canary.text("the broken key", brokenKey));
    }

    /** Writes each with its bits turned over, so that what reads it back is not in this JVM's memory. */
    void writeTurned(Path file) throws IOException {
        List<String> lines = new ArrayList<>();
        for (Canary canary : canaries()) {
            lines.add(canary + "=" + HexFormat.of().formatHex(turned(canary.bytes())));
        }
        Files.write(file, lines);
    }

    static List<Canary> readTurned(Path file) throws IOException {
        List<Canary> canaries = new ArrayList<>();
        for (String line : Files.readAllLines(file)) {
            int end = line.indexOf('=');
            canaries.add(
                    new Canary(line.substring(0, end), turned(HexFormat.of().parseHex(line.substring(end + 1)))));
        }
        return canaries;
    }

    private static byte[] turned(byte[] bytes) {
        byte[] turned = bytes.clone();
        for (int i = 0; i < turned.length; i++) {
            turned[i] ^= (byte) 0xff;
        }
        return turned;
    }

    @Override
    public String toString() {
        return "Secrets";
    }
}
