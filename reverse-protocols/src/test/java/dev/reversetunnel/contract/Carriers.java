package dev.reversetunnel.contract;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
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
    };

    static final UUID KNOWN = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
    private static final UUID UNKNOWN = UUID.fromString("00000000-6324-4d53-ad4f-8cda48b30811");

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
