package dev.reversetunnel.users;

import dev.reversetunnel.Grant;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.shadowsocks.ShadowsocksServer;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.util.UUID;

/** All servers that know users, with two of them: alice and bob. */
enum Doors {
    VMESS(true) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return Vmess.server(0)
                    .address("127.0.0.1")
                    .user("alice", ALICE, alice)
                    .user("bob", BOB.toString(), bob);
        }

        @Override
        Outbound client(int port, String user) {
            return Vmess.client("127.0.0.1", port).user(id(user));
        }
    },
    VLESS(true) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return Vless.server(0)
                    .address("127.0.0.1")
                    .user("alice", ALICE, alice)
                    .user("bob", BOB.toString(), bob);
        }

        @Override
        Outbound client(int port, String user) {
            return Vless.client("127.0.0.1", port).user(id(user));
        }
    },
    SHADOWSOCKS_2022(true) {
        private final ShadowsocksMethod method = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
        private final String server = method.newPassword();

        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return Shadowsocks.server(0)
                    .address("127.0.0.1")
                    .serverKey(server)
                    .user("alice", ALICE_2022, alice)
                    .user("bob", BOB_2022, bob);
        }

        @Override
        Outbound client(int port, String user) {
            return Shadowsocks.client("127.0.0.1", port)
                    .password(server + ':' + (user.equals("alice") ? ALICE_2022 : BOB_2022));
        }
    },
    SHADOWSOCKS_2022_OF_ONE(true) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return Shadowsocks.server(0).address("127.0.0.1").user("alice", ALICE_2022, alice);
        }

        @Override
        Outbound client(int port, String user) {
            return Shadowsocks.client("127.0.0.1", port).password(user.equals("alice") ? ALICE_2022 : BOB_2022);
        }
    },
    SHADOWSOCKS_2017(true) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            ShadowsocksServer server =
                    Shadowsocks.server(0).address("127.0.0.1").method(ShadowsocksMethod.AES_128_GCM);
            return server.user("alice", ALICE.toString(), alice)
                    .user("bob", ShadowsocksMethod.CHACHA20_IETF_POLY1305, BOB.toString(), bob);
        }

        @Override
        Outbound client(int port, String user) {
            return Shadowsocks.client("127.0.0.1", port)
                    .method(
                            user.equals("alice")
                                    ? ShadowsocksMethod.AES_128_GCM
                                    : ShadowsocksMethod.CHACHA20_IETF_POLY1305)
                    .password(id(user).toString());
        }
    },
    SOCKS5(false) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return Socks5.server(0)
                    .address("127.0.0.1")
                    .user("alice", "a", alice)
                    .user("bob", "b", bob);
        }

        @Override
        Outbound client(int port, String user) {
            return Socks5.client("127.0.0.1", port).user(user, user.substring(0, 1));
        }
    },
    HTTP(false) {
        @Override
        ProtocolServer<?> server(Grant alice, Grant bob) {
            return HttpProxy.server(0)
                    .address("127.0.0.1")
                    .user("alice", "a", alice)
                    .user("bob", "b", bob);
        }

        @Override
        Outbound client(int port, String user) {
            return HttpProxy.client("127.0.0.1", port).user(user, user.substring(0, 1));
        }
    };

    static final UUID ALICE = UUID.randomUUID();
    static final UUID BOB = UUID.randomUUID();
    static final String ALICE_2022 = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword();
    static final String BOB_2022 = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022.newPassword();

    /** Whether tunnels are registered there. */
    final boolean takesTunnels;

    Doors(boolean takesTunnels) {
        this.takesTunnels = takesTunnels;
    }

    static UUID id(String user) {
        return user.equals("alice") ? ALICE : BOB;
    }

    abstract ProtocolServer<?> server(Grant alice, Grant bob);

    abstract Outbound client(int port, String user);
}
