package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.vmess.VmessSecurity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.UUID;

/** What carries the tunnel between a portal and a bridge of ours, which are processes of their own. */
enum Carriage {
    VMESS("vmess") {
        @Override
        Inbound server(Secret secret, int port) {
            return Vmess.server(port).address(LOOPBACK).user(USER, secret.id());
        }

        @Override
        Outbound client(Secret secret, int port) {
            return Vmess.client(LOOPBACK, port)
                    .user(secret.id())
                    .security(VmessSecurity.valueOf(
                            secret.security().toUpperCase(Locale.ROOT).replace('-', '_')));
        }
    },
    SHADOWSOCKS_2022("ss2022") {
        @Override
        Inbound server(Secret secret, int port) {
            return Shadowsocks.server(port).address(LOOPBACK).user(USER, secret.password());
        }

        @Override
        Outbound client(Secret secret, int port) {
            return Shadowsocks.client(LOOPBACK, port).password(secret.password());
        }
    },
    VLESS("vless") {
        @Override
        Inbound server(Secret secret, int port) {
            return Vless.server(port).address(LOOPBACK).user(USER, secret.id());
        }

        @Override
        Outbound client(Secret secret, int port) {
            return Vless.client(LOOPBACK, port).user(secret.id());
        }
    },
    VLESS_TLS("vless-tls") {
        @Override
        Inbound server(Secret secret, int port) throws IOException {
            return Vless.server(port)
                    .address(LOOPBACK)
                    .user(USER, secret.id())
                    .transport(Tls.server(secret.chain(), secret.key()));
        }

        @Override
        Outbound client(Secret secret, int port) throws IOException {
            return Vless.client(LOOPBACK, port)
                    .user(secret.id())
                    .transport(Tls.client().serverName("localhost").pin(Tls.fingerprint(secret.chain())));
        }
    };

    private static final String LOOPBACK = "127.0.0.1";
    private static final String USER = "load";

    private final String key;

    Carriage(String key) {
        this.key = key;
    }

    /** Its name at the command line. */
    String key() {
        return key;
    }

    static Optional<Carriage> of(String key) {
        return Arrays.stream(values())
                .filter(carriage -> carriage.key.equals(key))
                .findFirst();
    }

    abstract Inbound server(Secret secret, int port) throws IOException;

    abstract Outbound client(Secret secret, int port) throws IOException;

    /**
     * What both processes have to know, in a directory that both can read.
     *
     * @param id of VMess and VLESS
     * @param password of Shadowsocks 2022
     * @param security of VMess
     * @param chain of TLS, a PEM file
     * @param key of TLS, a PEM file
     */
    record Secret(UUID id, String password, String security, Path chain, Path key) {
        private static final String FILE = "secret";

        /** A new one; its certificate is made when a carrier needs one. */
        static void write(Path directory, Carriage carriage, String security) throws IOException {
            Files.write(
                    directory.resolve(FILE),
                    List.of(
                            UUID.randomUUID().toString(),
                            ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword(),
                            security));
            if (carriage == VLESS_TLS) {
                Certificate.write(chain(directory), key(directory));
            }
        }

        static Secret read(Path directory) throws IOException {
            List<String> lines = Files.readAllLines(directory.resolve(FILE));
            return new Secret(
                    UUID.fromString(lines.get(0)), lines.get(1), lines.get(2), chain(directory), key(directory));
        }

        private static Path chain(Path directory) {
            return directory.resolve("chain.pem");
        }

        private static Path key(Path directory) {
            return directory.resolve("key.pem");
        }

        @Override
        public String toString() {
            return "Secret";
        }
    }
}
