package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.lab.DatagramFaultProxy;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What sockets see of a network that loses, doubles, mixes up and delays. */
class DatagramFaultProxyTest {
    private static final int SILENCE_MILLIS = 400;

    private final DatagramSocket service;
    private final DatagramSocket client;
    private final DatagramFaultProxy line;

    DatagramFaultProxyTest() throws SocketException {
        service = socket();
        client = socket();
        line = DatagramFaultProxy.to(service.getLocalPort());
    }

    private static DatagramSocket socket() throws SocketException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(Tunnels.loopback(), 0));
        socket.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
        return socket;
    }

    @AfterEach
    void close() {
        line.close();
        client.close();
        service.close();
    }

    private void send(String text) throws IOException {
        client.send(new DatagramPacket(text.getBytes(), text.length(), Tunnels.loopback(), line.port()));
    }

    private static DatagramPacket receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[100], 100);
        socket.receive(packet);
        return packet;
    }

    private static String text(DatagramPacket packet) {
        return new String(packet.getData(), 0, packet.getLength());
    }

    /** All that comes until nothing does. */
    private List<String> all() throws IOException {
        List<String> texts = new ArrayList<>();
        service.setSoTimeout(SILENCE_MILLIS);
        try {
            while (true) {
                texts.add(text(receive(service)));
            }
        } catch (SocketTimeoutException e) {
            return texts;
        }
    }

    @Test
    void without_a_fault_datagrams_go_there_and_answers_come_back() throws IOException {
        send("question");
        DatagramPacket asked = receive(service);
        then(text(asked)).isEqualTo("question");
        service.send(new DatagramPacket("answer".getBytes(), 6, asked.getSocketAddress()));
        DatagramPacket answered = receive(client);
        then(text(answered)).isEqualTo("answer");
        then(answered.getPort()).isEqualTo(line.port());
        then(line.fromTarget().counts().passed()).isEqualTo(1);
    }

    @Test
    void drops_the_share_that_was_asked_for() throws IOException {
        line.toTarget().drop(0.5);
        for (int i = 0; i < 200; i++) {
            send("datagram " + i);
        }
        List<String> arrived = all();
        then(arrived).hasSizeBetween(60, 140).doesNotHaveDuplicates();
        then(line.toTarget().counts().dropped()).isEqualTo(200L - arrived.size());
    }

    @Test
    void drops_all_in_a_black_hole_and_works_afterwards() throws IOException {
        line.both(way -> way.blackHole());
        send("lost");
        then(all()).isEmpty();
        line.both(way -> way.clear());
        send("there");
        then(all()).containsExactly("there");
    }

    @Test
    void doubles() throws IOException {
        line.toTarget().duplicate(1);
        send("twice");
        then(all()).containsExactly("twice", "twice");
        then(line.toTarget().counts().doubled()).isEqualTo(1);
    }

    @Test
    void reorders_and_a_last_one_arrives_all_the_same() throws IOException {
        line.toTarget().reorder(1);
        for (String text : List.of("1", "2", "3", "4", "5")) {
            send(text);
        }
        then(all()).containsExactly("2", "1", "4", "3", "5");
        then(line.toTarget().counts().reordered()).isEqualTo(3);
    }

    @Test
    void delays() throws IOException {
        line.toTarget().delay(Duration.ofMillis(100));
        long start = System.nanoTime();
        send("late");
        then(text(receive(service))).isEqualTo("late");
        // a timer never fires early; late it may be
        then(System.nanoTime() - start).isGreaterThan(99_000_000);
    }

    @Test
    void what_is_under_way_at_the_end_is_released() throws IOException {
        line.toTarget().delay(Duration.ofHours(1));
        send("never");
        org.awaitility.Awaitility.await().until(() -> line.toTarget().counts().received() == 1);
        line.close();
        then(line.toTarget().counts().passed()).isZero();
    }

    @Test
    void says_what_is_wrong_with_a_share() {
        thenThrownBy(() -> line.toTarget().drop(1.5)).hasMessage("share dropped: 1.5 (expected: 0 to 1)");
        thenThrownBy(() -> line.toTarget().reorder(Double.NaN)).hasMessage("share reordered: NaN (expected: 0 to 1)");
    }
}
