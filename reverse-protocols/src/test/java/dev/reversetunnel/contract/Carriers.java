package dev.reversetunnel.contract;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.util.UUID;

/** All carriers, as they are unless somebody changes a setting. */
enum Carriers implements Carrier {
    VMESS(Strangers.SEE_NOTHING, true, true) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return Vmess.server(0)
                    .address("127.0.0.1")
                    .user("user", KNOWN)
                    .client()
                    .handshakeTimeout(HANDSHAKE)
                    .transport(transport);
        }

        @Override
        public Outbound client(int port, Transport transport) {
            return Vmess.client("127.0.0.1", port).user(KNOWN).transport(transport);
        }

        @Override
        public Outbound stranger(int port, Transport transport) {
            return Vmess.client("127.0.0.1", port).user(UNKNOWN).transport(transport);
        }

        @Override
        public boolean halfCloses(boolean transportDoes) {
            return true; // by an end chunk
        }
    },

    VLESS(Strangers.ARE_RESET_WHEN_KNOWN, false, false) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return Vless.server(0)
                    .address("127.0.0.1")
                    .user("user", KNOWN)
                    .client()
                    .handshakeTimeout(HANDSHAKE)
                    .transport(transport);
        }

        @Override
        public Outbound client(int port, Transport transport) {
            return Vless.client("127.0.0.1", port).user(KNOWN).transport(transport);
        }

        @Override
        public Outbound stranger(int port, Transport transport) {
            return Vless.client("127.0.0.1", port).user(UNKNOWN).transport(transport);
        }

        /** Version and id, two bytes of which are for whatever a client of Xray writes there. */
        @Override
        public boolean isAuthenticated(int index) {
            return index < 17 && index != 7 && index != 8;
        }
    },

    SHADOWSOCKS_2017(Strangers.SEE_NOTHING, true, false) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return shadowsocks(ShadowsocksMethod.AES_256_GCM, transport);
        }

        @Override
        public Outbound client(int port, Transport transport) {
            return shadowsocks(ShadowsocksMethod.AES_256_GCM, port, OLD_PASSWORD, transport);
        }

        @Override
        public Outbound stranger(int port, Transport transport) {
            return shadowsocks(ShadowsocksMethod.AES_256_GCM, port, OLD_PASSWORD + "x", transport);
        }
    },

    SHADOWSOCKS_2022(Strangers.ARE_RESET_AT_ONCE, true, true) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, transport);
        }

        @Override
        public Outbound client(int port, Transport transport) {
            return shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, port, PASSWORD, transport);
        }

        @Override
        public Outbound stranger(int port, Transport transport) {
            return shadowsocks(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022, port, "AAAAAAAAAAAAAAAAAAAAAA==", transport);
        }
    };

    static final UUID KNOWN = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final UUID UNKNOWN = UUID.fromString("00000000-6324-4d53-ad4f-8cda48b30811");

    private static final String OLD_PASSWORD = "long enough, and known to nobody but these tests";
    private static final String PASSWORD = "ia6NPQuOnovIePVgKhgIwg==";

    private static ProtocolServer<?> shadowsocks(ShadowsocksMethod method, Transport transport) {
        return Shadowsocks.server(0)
                .address("127.0.0.1")
                .method(method)
                .user("user", method == ShadowsocksMethod.AES_256_GCM ? OLD_PASSWORD : PASSWORD)
                .client()
                .handshakeTimeout(HANDSHAKE)
                .transport(transport);
    }

    private static Outbound shadowsocks(ShadowsocksMethod method, int port, String password, Transport transport) {
        return Shadowsocks.client("127.0.0.1", port)
                .method(method)
                .password(password)
                .transport(transport);
    }

    private final Strangers strangers;
    private final boolean forbidsReplay;
    private final boolean knowsTime;

    Carriers(Strangers strangers, boolean forbidsReplay, boolean knowsTime) {
        this.strangers = strangers;
        this.forbidsReplay = forbidsReplay;
        this.knowsTime = knowsTime;
    }

    @Override
    public boolean halfCloses(boolean transportDoes) {
        return transportDoes; // it has no end mark of its own
    }

    @Override
    public boolean forbidsReplay() {
        return forbidsReplay;
    }

    @Override
    public Strangers strangers() {
        return strangers;
    }

    @Override
    public boolean knowsTime() {
        return knowsTime;
    }

    @Override
    public boolean isAuthenticated(int index) {
        return true;
    }
}
