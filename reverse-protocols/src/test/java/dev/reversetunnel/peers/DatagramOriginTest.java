package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** The user and the origin of datagrams without a tunnel between them. */
class DatagramOriginTest {
    @Test
    void echoes_and_knows_who_asked() throws IOException {
        try (DatagramOrigin origin = DatagramOrigin.echo();
                DatagramClient one = DatagramClient.open();
                DatagramClient other = DatagramClient.open()) {
            then(one.exchange(origin.port(), "one")).isEqualTo("one");
            then(other.exchange(origin.port(), "other")).isEqualTo("other");
            then(one.exchange(origin.port(), "")).isEmpty();

            then(origin.received()).isEqualTo(3);
            then(origin.sources()).hasSize(2);
        }
    }

    @Test
    void may_answer_more_than_once() throws IOException {
        try (DatagramOrigin origin = DatagramOrigin.answering(3);
                DatagramClient user = DatagramClient.open()) {
            then(user.exchange(origin.port(), "again")).isEqualTo("again");
            then(user.receive()).isEqualTo(user.receive());
        }
    }

    @Test
    void shares_its_port_with_a_server_for_tcp() throws IOException {
        try (Origin origin = Origin.start(Ports.free());
                DatagramOrigin datagrams = DatagramOrigin.beside(origin);
                DatagramClient user = DatagramClient.open()) {
            then(user.exchange(origin.port(), "one")).isEqualTo("one");
            then(Client.get(origin.port())).isEqualTo(Origin.BODY);
            then(datagrams.address()).isEqualTo(origin.address());
        }
    }
}
