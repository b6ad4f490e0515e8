package dev.reversetunnel.contract;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;
import dev.reversetunnel.carrier.ProxyClient;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import org.junit.jupiter.api.Test;

/** As {@link CarrierContract}, of protocols that talk to strangers: they are asked for a password. */
abstract class ProxyContract extends CarrierContract {
    private final ProxyCarrier carrier;

    ProxyContract(ProxyCarrier carrier) {
        super(carrier);
        this.carrier = carrier;
    }

    @Test
    @Override
    void noise_gets_not_a_byte() throws Exception {
        Carriage.Ends ends = carriage.ends();
        byte[] noise = new byte[777];
        noise[0] = 7; // no version of anything
        noise[776] = '\n'; // nor a method
        try (Origin origin = Origin.start();
                UserRoad road = UserRoad.open(
                        carrier.server(ends.server()), port -> Tapping.sending(noise, port, ends.client()), origin)) {
            then(Client.knock(road.port()).bytes()).isZero();
            then(origin.accepted()).isZero();
            await().until(() -> road.refused() > 0);
        }
    }

    /** A proxy with one user. */
    abstract static class ProxyCarrier implements Carrier {
        abstract ProtocolServer<?> server();

        abstract ProxyClient<?> client(int port);

        @Override
        public Outbound client(int port, Transport transport) {
            return client(port).user("ann", "secret").transport(transport);
        }

        @Override
        public Outbound stranger(int port, Transport transport) {
            return client(port).user("ann", "other").transport(transport);
        }

        @Override
        public ProtocolServer<?> server(Transport transport) {
            return server().transport(transport);
        }

        @Override
        public boolean halfCloses(boolean transportDoes) {
            return transportDoes;
        }

        @Override
        public boolean forbidsReplay() {
            return false;
        }

        @Override
        public Strangers strangers() {
            throw new UnsupportedOperationException("strangers are talked to");
        }

        @Override
        public boolean isAuthenticated(int index) {
            throw new UnsupportedOperationException("strangers are talked to");
        }

        @Override
        public boolean knowsTime() {
            return false;
        }

        /** HTTP has none. */
        @Override
        public boolean carriesDatagrams(Carriage carriage) {
            return false;
        }

        @Override
        public boolean carriesTunnels() {
            return false;
        }
    }
}
