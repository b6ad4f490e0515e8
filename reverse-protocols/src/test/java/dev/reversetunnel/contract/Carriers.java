package dev.reversetunnel.contract;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** All carriers, as they are unless somebody changes a setting. */
enum Carriers implements Carrier {
    VMESS(Strangers.SEE_NOTHING, true, true) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return Vmess.server(0)
                    .address("127.0.0.1")
                    .user("user", KNOWN)
                    .client()
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

    SHADOWSOCKS_2022_AES_128(ShadowsocksMethod.BLAKE3_AES_128_GCM_2022),

    SHADOWSOCKS_2022_AES_256(ShadowsocksMethod.BLAKE3_AES_256_GCM_2022),

    SHADOWSOCKS_2022_CHACHA20(ShadowsocksMethod.BLAKE3_CHACHA20_POLY1305_2022),

    SHADOWSOCKS_AES_128(ShadowsocksMethod.AES_128_GCM),

    SHADOWSOCKS_AES_256(ShadowsocksMethod.AES_256_GCM),

    SHADOWSOCKS_CHACHA20(ShadowsocksMethod.CHACHA20_IETF_POLY1305),

    VLESS(Strangers.ARE_RESET_WHEN_KNOWN, false, false) {
        @Override
        public ProtocolServer<?> server(Transport transport) {
            return Vless.server(0)
                    .address("127.0.0.1")
                    .user("user", KNOWN)
                    .client()
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
    };

    static final UUID KNOWN = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final UUID UNKNOWN = UUID.fromString("00000000-6324-4d53-ad4f-8cda48b30811");

    private final @Nullable ShadowsocksMethod method;
    private final String password;
    private final String wrongPassword;
    private final Strangers strangers;
    private final boolean forbidsReplay;
    private final boolean knowsTime;

    Carriers(Strangers strangers, boolean forbidsReplay, boolean knowsTime) {
        this.method = null;
        this.password = "";
        this.wrongPassword = "";
        this.strangers = strangers;
        this.forbidsReplay = forbidsReplay;
        this.knowsTime = knowsTime;
    }

    /** Shadowsocks; with a password that is made here. */
    Carriers(ShadowsocksMethod method) {
        this.method = method;
        this.password = method.newPassword();
        this.wrongPassword = method.newPassword();
        this.knowsTime = method.toString().startsWith("2022-");
        this.strangers = knowsTime ? Strangers.ARE_RESET_AT_ONCE : Strangers.SEE_NOTHING;
        this.forbidsReplay = true;
    }

    @Override
    public ProtocolServer<?> server(Transport transport) {
        return Shadowsocks.server(0)
                .address("127.0.0.1")
                .method(shadowsocks())
                .user("user", password)
                .client()
                .transport(transport);
    }

    @Override
    public Outbound client(int port, Transport transport) {
        return Shadowsocks.client("127.0.0.1", port)
                .method(shadowsocks())
                .password(password)
                .transport(transport);
    }

    @Override
    public Outbound stranger(int port, Transport transport) {
        return Shadowsocks.client("127.0.0.1", port)
                .method(shadowsocks())
                .password(wrongPassword)
                .transport(transport);
    }

    private ShadowsocksMethod shadowsocks() {
        return Objects.requireNonNull(method, "another carrier says itself how it is made");
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

    /** Behind the fixed header of 2022, only somebody who knows the key can be wrong in a new way. */
    @Override
    public boolean isAuthenticated(int index) {
        return !name().startsWith("SHADOWSOCKS_2022") || index < (name().endsWith("AES_128") ? 43 : 59);
    }

    /** Those of Shadowsocks travel by UDP of their own, whatever carries its streams: only beside TCP. */
    @Override
    public boolean carriesDatagrams(Carriage carriage) {
        return method == null || carriage == Carriage.TCP;
    }
}
