package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.function.IntFunction;

/** What carries the tunnel between a portal and a bridge of one JVM. */
public enum Carrier {
    /** No tunnel: visitor and origin are connected to each other. What they cost is in every other figure, too. */
    NONE {
        @Override
        Optional<Pair> pair(Transport transport) {
            return Optional.empty();
        }
    },
    /** aes-128-gcm, with masked lengths and padding. */
    VMESS {
        @Override
        Optional<Pair> pair(Transport transport) {
            UUID id = UUID.randomUUID();
            return Optional.of(new Pair(
                    Vmess.server(0).address(HOST).transport(transport).user(USER, id),
                    port -> Vmess.client(HOST, port).transport(transport).user(id)));
        }
    },
    /** 2022-blake3-aes-128-gcm. */
    SHADOWSOCKS {
        @Override
        Optional<Pair> pair(Transport transport) {
            String password = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword();
            return Optional.of(new Pair(
                    Shadowsocks.server(0).address(HOST).transport(transport).user(USER, password),
                    port -> Shadowsocks.client(HOST, port).transport(transport).password(password)));
        }
    },
    /** In plain. */
    VLESS {
        @Override
        Optional<Pair> pair(Transport transport) {
            UUID id = UUID.randomUUID();
            return Optional.of(new Pair(
                    Vless.server(0).address(HOST).transport(transport).user(USER, id),
                    port -> Vless.client(HOST, port).transport(transport).user(id)));
        }
    },
    /** VLESS over TLS 1.3. */
    VLESS_TLS {
        @Override
        Optional<Pair> pair(Transport transport) throws IOException {
            UUID id = UUID.randomUUID();
            Path directory = Files.createTempDirectory("benchmark");
            Path chain = directory.resolve("chain.pem");
            Path key = directory.resolve("key.pem");
            Certificate.write(chain, key);
            // Deleted in the opposite order: they are read when the portal starts.
            directory.toFile().deleteOnExit();
            chain.toFile().deleteOnExit();
            key.toFile().deleteOnExit();
            Transport server = Tls.server(chain, key).over(transport);
            Transport client = Tls.client()
                    .serverName("localhost")
                    .pin(Tls.fingerprint(chain))
                    .over(transport);
            return Optional.of(new Pair(
                    Vless.server(0).address(HOST).transport(server).user(USER, id),
                    port -> Vless.client(HOST, port).transport(client).user(id)));
        }
    };

    private static final String HOST = "127.0.0.1";
    private static final String USER = "tunnels";

    abstract Optional<Pair> pair(Transport transport) throws IOException;

    /**
     * Both ends.
     *
     * @param server listens on a free port
     * @param client of the server on a port
     */
    record Pair(Inbound server, IntFunction<Outbound> client) {}
}
