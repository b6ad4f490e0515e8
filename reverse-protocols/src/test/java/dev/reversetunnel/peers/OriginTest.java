package dev.reversetunnel.peers;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.peers.Client.End;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The user and the origin without a tunnel between them. */
class OriginTest {
    private static final int BYTES = 300_001; // no multiple of a block

    private final Origin origin = Origin.start();

    @AfterEach
    void close() {
        origin.close();
    }

    @Test
    void answers_a_request() throws IOException {
        then(Client.get(origin.port())).isEqualTo(Origin.BODY);
    }

    @Test
    void echoes() throws IOException {
        try (Socket socket = Client.connect(origin.port())) {
            then(Client.echo(socket, "ping")).isEqualTo("ping");
            then(origin.open()).isEqualTo(1);
        }
    }

    @Test
    void sends_the_bytes_of_a_seed_and_ends_cleanly() throws IOException {
        Client.Transfer transfer = Client.download(origin.port(), BYTES, 7);

        then(transfer).isEqualTo(new Client.Transfer(BYTES, Client.sha256(BYTES, 7), End.CLEAN));
        then(Client.sha256(BYTES, 8)).isNotEqualTo(transfer.sha256());
    }

    @Test
    void tells_the_digest_of_what_it_received() throws IOException {
        then(Client.upload(origin.port(), BYTES, 7)).isEqualTo(Client.sha256(BYTES, 7));
    }

    @Test
    void a_reset_is_told_from_a_clean_end() throws IOException {
        then(Client.askForReset(origin.port())).isEqualTo(End.RESET);
    }

    @Test
    void cuts_a_download_in_the_middle() throws IOException {
        try (Socket socket = Client.connect(origin.port())) {
            Client.askForDownload(socket, Long.MAX_VALUE, 7);
            then(socket.getInputStream().read()).isNotNegative();

            origin.resetAll();

            then(Client.readToEnd(socket).end()).isEqualTo(End.RESET);
        }
    }

    @Test
    void may_speak_first() throws IOException {
        try (Origin speaker = Origin.speakingFirst(BYTES, 7);
                Socket socket = Client.connect(speaker.port())) {
            then(Client.readToEnd(socket)).isEqualTo(new Client.Transfer(BYTES, Client.sha256(BYTES, 7), End.CLEAN));
        }
    }

    @Test
    void may_leave_everything_unread() throws IOException {
        try (Origin deaf = Origin.neverReading();
                Socket socket = Client.connect(deaf.port())) {
            socket.getOutputStream().write(1);
            socket.setSoTimeout(50);

            thenThrownBy(() -> Client.readToEnd(socket)).isInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_free_port_refuses() {
        thenThrownBy(() -> Client.get(Ports.free())).isInstanceOf(ConnectException.class);
    }
}
