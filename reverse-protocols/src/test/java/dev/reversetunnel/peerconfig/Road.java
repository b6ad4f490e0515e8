package dev.reversetunnel.peerconfig;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.DatagramOrigin;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import java.util.UUID;

/** What tests of printed documents have in common: an origin for streams and datagrams, ports, secrets. */
final class Road implements AutoCloseable {
    static final String LOOPBACK = "127.0.0.1";
    static final String DOMAIN = "reverse.shop.internal";

    private final Origin origin = Origin.start(Ports.free());
    private final DatagramOrigin datagrams = DatagramOrigin.beside(origin);
    private final DatagramOrigin others = DatagramOrigin.echo();
    private final UUID shop = UUID.randomUUID();
    private final UUID phone = UUID.randomUUID();
    private final int visitors = Ports.free();
    private final int tunnels = Ports.free();

    Origin origin() {
        return origin;
    }

    /** Beside the origin. */
    DatagramOrigin datagrams() {
        return datagrams;
    }

    DatagramOrigin others() {
        return others;
    }

    /** The bridge's id. */
    UUID shop() {
        return shop;
    }

    /** The user's id. */
    UUID phone() {
        return phone;
    }

    int visitors() {
        return visitors;
    }

    int tunnels() {
        return tunnels;
    }

    /** A bridge needs a moment to register. */
    static void awaitOpen(int port) {
        await().ignoreExceptions().untilAsserted(() -> then(Client.get(port)).isEqualTo(Origin.BODY));
    }

    @Override
    public void close() {
        origin.close();
        datagrams.close();
        others.close();
    }
}
