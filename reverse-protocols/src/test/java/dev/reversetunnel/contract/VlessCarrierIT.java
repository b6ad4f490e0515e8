package dev.reversetunnel.contract;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.vless.Vless;
import java.util.UUID;

class VlessCarrierIT extends CarrierContract {
    VlessCarrierIT() {
        super(new VlessCarrier());
    }

    private static final class VlessCarrier implements Carrier {
        private static final UUID KNOWN = UUID.fromString("b831381d-6324-4d53-ad4f-8cda48b30811");
        private static final UUID UNKNOWN = UUID.fromString("00000000-6324-4d53-ad4f-8cda48b30811");

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

        @Override
        public boolean halfCloses(boolean transportDoes) {
            return transportDoes; // it has no end mark of its own
        }

        @Override
        public boolean forbidsReplay() {
            return false; // it leaves that to TLS
        }
    }
}
