package dev.reversetunnel.tls;

import static dev.reversetunnel.tls.Certificates.SERVER;
import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.layer.LayerRig;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the owner of a server does with it, and what strangers do. */
class TlsServerTest {
    private final LayerRig rig = new LayerRig();

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        rig.close();
    }

    private TlsServer inFiles(X509Bundle bundle) throws IOException {
        write(bundle);
        return Tls.server(directory.resolve("chain.pem"), directory.resolve("key.pem"));
    }

    private void write(X509Bundle bundle) throws IOException {
        Certificates.write(directory, "chain.pem", bundle.getCertificatePathPEM());
        Certificates.write(directory, "key.pem", bundle.getPrivateKeyPEM());
    }

    private Certificate shown(int port) throws Exception {
        LayerRig.Taken dialled = rig.dial(Certificates.client(), "localhost", port);
        try {
            return certificateOf(dialled);
        } finally {
            dialled.channel().close().sync();
        }
    }

    private static Certificate certificateOf(LayerRig.Taken dialled) throws Exception {
        return dialled.channel()
                .eventLoop()
                .submit(() -> Tls.session(dialled.channel()).getPeerCertificates()[0])
                .sync()
                .getNow();
    }

    @Test
    void a_new_certificate_is_shown_to_new_connections_and_the_others_stay() throws Exception {
        TlsServer server = inFiles(SERVER);
        int port = rig.listen(server);
        LayerRig.Taken before = rig.dial(Certificates.client(), "localhost", port);
        LayerRig.Taken accepted = rig.accepted();
        X509Bundle renewed = Certificates.another();

        write(renewed);
        then(shown(port)).isEqualTo(SERVER.getCertificate());
        server.reload();

        then(shown(port)).isEqualTo(renewed.getCertificate());
        then(certificateOf(before)).isEqualTo(SERVER.getCertificate());
        accepted.reads();
        before.write("still here");
        await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("still here"));
    }

    @Test
    void files_that_change_are_found_by_themselves() throws Exception {
        int port = rig.listen(inFiles(SERVER).reloadEvery(Duration.ofMillis(20)));
        then(shown(port)).isEqualTo(SERVER.getCertificate());
        X509Bundle renewed = Certificates.another();

        write(renewed);

        await().ignoreExceptions().untilAsserted(() -> then(shown(port)).isEqualTo(renewed.getCertificate()));
    }

    @Test
    void a_certificate_that_cannot_be_used_leaves_the_old_one() throws Exception {
        TlsServer server = inFiles(SERVER).reloadEvery(Duration.ofMillis(20));
        int port = rig.listen(server);

        Files.writeString(directory.resolve("key.pem"), Certificates.another().getPrivateKeyPEM());
        thenThrownBy(server::reload)
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("does not belong to the certificate");
        then(shown(port)).isEqualTo(SERVER.getCertificate());

        Files.delete(directory.resolve("key.pem"));
        thenThrownBy(server::reload).isInstanceOf(TunnelException.class).hasMessageContaining("key.pem cannot be read");
        then(shown(port)).isEqualTo(SERVER.getCertificate());

        X509Bundle renewed = Certificates.another();
        write(renewed);
        await().ignoreExceptions().untilAsserted(() -> then(shown(port)).isEqualTo(renewed.getCertificate()));
    }

    @Test
    void what_did_not_come_from_files_cannot_be_read_again() {
        thenThrownBy(() -> Certificates.server(SERVER).reload())
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("in files");
    }

    @Test
    void each_side_does_its_own_part_only() throws Exception {
        then(rig.failure(Certificates.server(SERVER), "localhost", 443)).hasMessageContaining("Tls.client()");
        thenThrownBy(() -> rig.listen(Certificates.client()))
                .isInstanceOf(TunnelException.class)
                .hasMessageContaining("Tls.server(certificate, key)");
    }

    @Test
    void a_mistake_shows_at_the_desk() throws Exception {
        var serverContext = SslContextBuilder.forServer(SERVER.getKeyPair().getPrivate(), SERVER.getCertificatePath())
                .build();
        thenThrownBy(() -> Tls.client(serverContext)).hasMessageContaining("expected: a client's");
        thenThrownBy(() -> Tls.server(SslContextBuilder.forClient().build()))
                .hasMessageContaining("expected: a server's");
        thenThrownBy(() -> Tls.server(serverContext).alpn("h2")).isInstanceOf(IllegalStateException.class);
        thenThrownBy(() -> Tls.server(Certificates.jdk(SERVER)).engine(TlsEngine.JDK))
                .isInstanceOf(IllegalStateException.class);
        thenThrownBy(() -> Tls.client(Certificates.jdk(SERVER)).pin(Tls.fingerprint(SERVER.getCertificate())))
                .isInstanceOf(IllegalStateException.class);
        thenThrownBy(() -> Tls.client().versions()).hasMessageContaining("one or more");
        thenThrownBy(() -> Tls.client().serverName("127.0.0.1")).hasMessageContaining("a domain name");
        thenThrownBy(() -> Tls.client().handshakeTimeout(Duration.ZERO)).hasMessageContaining("more than 0");
        thenThrownBy(() -> Certificates.server(SERVER).maxHandshakes(0, 1)).hasMessageContaining("1 or more");
    }

    @Test
    void says_that_it_is_not_raw_and_encrypted() {
        then(Tls.client().isRaw()).isFalse();
        then(Tls.client().isEncrypted()).isTrue();
        then(Certificates.server(SERVER).isRaw()).isFalse();
        then(Certificates.server(SERVER).isEncrypted()).isTrue();
    }

    // ---- strangers ----

    private static Socket stranger(int port) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** Reads to the end, clean or not. */
    private static void thenEnds(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketException e) {
            then(e).hasMessageContaining("reset");
        }
    }

    @Test
    void who_does_not_speak_tls_is_sent_away_and_the_protocol_does_not_hear_of_him() throws Exception {
        int port = rig.listen(Certificates.server(SERVER));
        try (Socket socket = stranger(port)) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            thenEnds(socket);
        }
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void who_says_nothing_is_sent_away_in_time() throws Exception {
        int port = rig.listen(Certificates.server(SERVER).handshakeTimeout(Duration.ofMillis(200)));
        try (Socket silent = stranger(port);
                Socket slow = stranger(port)) {
            slow.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
            thenEnds(silent);
            thenEnds(slow);
        }
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void who_hangs_up_is_forgotten_at_once() throws Exception {
        int port = rig.listen(Certificates.server(SERVER).maxHandshakes(2, 2));
        for (int i = 0; i < 5; i++) {
            try (Socket socket = stranger(port)) {
                socket.getOutputStream().write(new byte[] {22, 3, 1, 2, 0, 1, 0});
                socket.shutdownOutput();
                thenEnds(socket);
            }
        }
        then(shown(port)).isEqualTo(SERVER.getCertificate());
    }

    @Test
    void the_oldest_handshake_makes_room_for_one_more() throws Exception {
        int port = rig.listen(Certificates.server(SERVER).maxHandshakes(100, 3));
        List<Socket> strangers = new ArrayList<>();
        try {
            for (int i = 0; i < 3; i++) {
                strangers.add(stranger(port));
            }
            LayerRig.Taken dialled = rig.dial(Certificates.client(), "localhost", port);

            thenEnds(strangers.get(0));
            LayerRig.Taken accepted = rig.accepted();
            accepted.reads();
            dialled.write("here");
            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("here"));
        } finally {
            for (Socket socket : strangers) {
                socket.close();
            }
        }
    }

    /** As {@code echo question | openssl s_client} does: all in one go, and gone. */
    @Test
    void who_says_all_at_once_and_hangs_up_is_heard() throws Exception {
        int port = rig.listen(Certificates.server(SERVER));
        try (SSLSocket socket =
                (SSLSocket) Certificates.jdk(SERVER).getSocketFactory().createSocket("localhost", port)) {
            socket.getOutputStream().write("question".getBytes(StandardCharsets.US_ASCII));
        }
        LayerRig.Taken accepted = rig.accepted();
        accepted.reads();

        then(accepted.seen().next()).isEqualTo("active");
        then(accepted.seen().next()).isEqualTo("clean end");
        then(accepted.seen().text()).isEqualTo("question");
    }

    @Test
    void a_crowd_is_served() throws Exception {
        int port = rig.listen(Certificates.server(SERVER));
        List<LayerRig.Taken> crowd = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            crowd.add(rig.dial(Certificates.client(), "localhost", port));
        }
        for (LayerRig.Taken one : crowd) {
            one.write("here");
        }
        for (int i = 0; i < crowd.size(); i++) {
            LayerRig.Taken accepted = rig.accepted();
            accepted.reads();
            await().untilAsserted(() -> then(accepted.seen().text()).isEqualTo("here"));
        }
    }
}
