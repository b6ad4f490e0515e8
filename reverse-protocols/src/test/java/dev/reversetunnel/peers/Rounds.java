package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** What each pair of peers has to carry before a test of ours may stand on it. */
public final class Rounds {
    private static final int BYTES = 3_000_001; // no multiple of a block

    private Rounds() {}

    /**
     * A forwarder's port leads to an origin.
     *
     * @param port at 127.0.0.1
     * @throws IOException if it does not
     */
    public static void tcp(int port) throws IOException {
        then(Client.get(port)).isEqualTo(Origin.BODY);
        try (Socket user = Client.connect(port)) {
            Client.askForDownload(user, BYTES, 1);
            // not to the end of the connection: V2Ray passes that on a second late
            byte[] digest = SeededBytes.digest(new DataInputStream(user.getInputStream()), BYTES);
            then(HexFormat.of().formatHex(digest)).isEqualTo(Client.sha256(BYTES, 1));
        }
        then(Client.upload(port, BYTES, 2)).isEqualTo(Client.sha256(BYTES, 2));
    }

    /**
     * A forwarder's port leads to an echo of datagrams.
     *
     * @param port at 127.0.0.1
     * @throws IOException if it does not
     */
    public static void udp(int port) throws IOException {
        try (DatagramClient user = DatagramClient.open()) {
            then(user.exchange(port, "one")).isEqualTo("one");
            then(user.exchange(port, "two")).isEqualTo("two");
        }
    }

    /**
     * A SOCKS5 proxy connects.
     *
     * @param proxy that is asked
     * @param origin at 127.0.0.1 as the proxy's far end sees it
     * @throws IOException if it does not
     */
    public static void tcp(Socks5 proxy, Origin origin) throws IOException {
        try (Socket socket = proxy.connect("127.0.0.1", origin.port())) {
            then(Client.echo(socket, "ping")).isEqualTo("ping");
        }
    }

    /**
     * One association of a SOCKS5 proxy reaches several targets.
     *
     * @param proxy that is asked
     * @param targets at 127.0.0.1 as the proxy's far end sees it
     * @throws IOException if it does not
     */
    public static void udp(Socks5 proxy, DatagramOrigin... targets) throws IOException {
        try (Socks5Association association = proxy.associate()) {
            List<Socks5Association.Answer> answers = new ArrayList<>();
            List<Socks5Association.Answer> expected = new ArrayList<>();
            for (DatagramOrigin target : targets) {
                String text = "to " + target.port();
                association.send("127.0.0.1", target.port(), text);
                answers.add(association.receive());
                expected.add(new Socks5Association.Answer("127.0.0.1", target.port(), text));
            }
            then(answers).isEqualTo(expected);
        }
    }
}
