package dev.reversetunnel.tls;

import static dev.reversetunnel.tls.Certificates.CA;
import static dev.reversetunnel.tls.Certificates.CLIENT;
import static dev.reversetunnel.tls.Certificates.ELSEWHERE;
import static dev.reversetunnel.tls.Certificates.EXPIRED;
import static dev.reversetunnel.tls.Certificates.OTHER_CA;
import static dev.reversetunnel.tls.Certificates.OTHER_CLIENT;
import static dev.reversetunnel.tls.Certificates.SERVER;
import static dev.reversetunnel.tls.Certificates.SERVER_RSA;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Transport;
import dev.reversetunnel.layer.LayerRig;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import javax.net.ssl.SSLSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Who is let in, who is believed, and what is said about it. */
@ParameterizedClass(name = "{0}")
@EnumSource(
        value = TlsEngine.class,
        names = {"JDK", "NATIVE"})
class TlsHandshakeTest {
    private static final String PIN = Tls.fingerprint(SERVER.getCertificate());

    @Parameter
    TlsEngine engine = TlsEngine.AUTO;

    private final LayerRig rig = new LayerRig();

    @AfterEach
    void close() {
        rig.close();
    }

    private TlsServer server() {
        return Certificates.server(SERVER).engine(engine);
    }

    private TlsClient client() {
        return Certificates.client().engine(engine);
    }

    private TlsClient anybodys() {
        return Tls.client().engine(engine);
    }

    private void thenSpeak(LayerRig.Taken dialled) throws Exception {
        LayerRig.Taken accepted = rig.accepted();
        accepted.reads();
        dialled.reads();
        dialled.write("question");
        accepted.write("answer");
        org.awaitility.Awaitility.await().untilAsserted(() -> {
            then(accepted.seen().text()).isEqualTo("question");
            then(dialled.seen().text()).isEqualTo("answer");
        });
        then(accepted.seen().now()).isEqualTo("active");
    }

    @Test
    void a_server_of_a_trusted_issuer_is_reached_by_its_name() throws Exception {
        thenSpeak(rig.dial(client(), "localhost", rig.listen(server())));
    }

    @Test
    void a_server_of_a_trusted_issuer_is_reached_by_its_address() throws Exception {
        thenSpeak(rig.dial(client(), "127.0.0.1", rig.listen(server())));
    }

    @Test
    void shakes_hands_in_memory_too() throws Exception {
        Transport memory = Transport.memory();
        thenSpeak(rig.dial(client().over(memory), "localhost", rig.listen(server().over(memory))));
    }

    @Test
    void shakes_hands_inside_of_itself() throws Exception {
        thenSpeak(rig.dial(client().over(client()), "localhost", rig.listen(server().over(server()))));
    }

    @Test
    void a_server_with_a_key_of_rsa_is_reached() throws Exception {
        thenSpeak(rig.dial(
                client(),
                "localhost",
                rig.listen(Certificates.server(SERVER_RSA).engine(engine))));
    }

    @Test
    void its_own_certificate_may_be_trusted_instead_of_an_issuer() throws Exception {
        thenSpeak(rig.dial(anybodys().trust(SERVER.getCertificatePEM()), "localhost", rig.listen(server())));
    }

    @Test
    void nobody_is_trusted_whom_the_jdk_does_not_know() throws Exception {
        then(rig.failure(anybodys(), "localhost", rig.listen(server())))
                .hasMessageStartingWith("cannot reach tcp:localhost:")
                .hasMessageContaining("not trusted")
                .hasMessageContaining("trust(...)")
                .hasMessageContaining("pin(...)");
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void nobody_is_trusted_by_another_issuer() throws Exception {
        then(rig.failure(anybodys().trust(OTHER_CA.getCertificatePEM()), "localhost", rig.listen(server())))
                .hasMessageContaining("not trusted");
    }

    @Test
    void a_certificate_for_another_name_is_refused() throws Exception {
        int port = rig.listen(Certificates.server(ELSEWHERE).engine(engine));

        for (String host : new String[] {"localhost", "127.0.0.1"}) {
            then(rig.failure(client(), host, port))
                    .hasMessageContaining("its certificate is not for " + host)
                    .hasMessageContaining("serverName(...)");
        }
        then(rig.failure(client().serverName("elsewhere.test"), "elsewhere.example", port))
                .hasMessageContaining("its certificate is not for elsewhere.test");
    }

    @Test
    void the_name_that_is_expected_can_be_set() throws Exception {
        int port = rig.listen(Certificates.server(ELSEWHERE).engine(engine));

        thenSpeak(rig.dial(client().serverName("elsewhere.example"), "127.0.0.1", port));
    }

    @Test
    void an_expired_certificate_is_refused() throws Exception {
        then(rig.failure(
                        client(),
                        "localhost",
                        rig.listen(Certificates.server(EXPIRED).engine(engine))))
                .hasMessageContaining("has expired");
    }

    @Test
    void a_pin_stands_for_issuer_name_and_date() throws Exception {
        String pin = Tls.fingerprint(EXPIRED.getCertificate());
        int port = rig.listen(Certificates.server(EXPIRED).engine(engine));

        thenSpeak(rig.dial(anybodys().pin(pin), "shop.example", port));
        thenSpeak(rig.dial(anybodys().pin(PIN, pin), "shop.example", port));
    }

    @Test
    void the_pin_of_the_whole_certificate_is_taken_too() throws Exception {
        byte[] sha256 = MessageDigest.getInstance("SHA-256")
                .digest(SERVER.getCertificate().getEncoded());
        String asOpenSslPrints = HexFormat.ofDelimiter(":").withUpperCase().formatHex(sha256);

        thenSpeak(rig.dial(anybodys().pin(asOpenSslPrints), "shop.example", rig.listen(server())));
    }

    @Test
    void another_pin_is_refused_and_the_one_that_was_seen_is_told() throws Exception {
        String other = Tls.fingerprint(CA.getCertificate());
        then(rig.failure(anybodys().pin(other), "localhost", rig.listen(server())))
                .hasMessageContaining("another pin, " + PIN)
                .hasMessageContaining("pin(...)");
    }

    @Test
    void with_a_pin_and_an_issuer_both_must_hold_and_the_name_as_well() throws Exception {
        int port = rig.listen(server());

        thenSpeak(rig.dial(client().pin(PIN), "localhost", port));
        then(rig.failure(client().pin(Tls.fingerprint(CA.getCertificate())), "localhost", port))
                .hasMessageContaining("another pin");
        then(rig.failure(client().pin(PIN), "shop.example", port)).hasMessageContaining("not for shop.example");
        then(rig.failure(anybodys().trust(OTHER_CA.getCertificatePEM()).pin(PIN), "localhost", port))
                .hasMessageContaining("not trusted");
    }

    @Test
    void a_client_shows_its_certificate_where_it_is_asked_for() throws Exception {
        int port = rig.listen(server().requireClientCertificate(CA.getCertificatePEM()));
        LayerRig.Taken dialled = rig.dial(
                client().certificate(CLIENT.getCertificatePathPEM(), CLIENT.getPrivateKeyPEM()), "localhost", port);

        LayerRig.Taken accepted = rig.accepted();
        SSLSession session = accepted.channel()
                .eventLoop()
                .submit(() -> Tls.session(accepted.channel()))
                .sync()
                .getNow();
        then(session.getPeerPrincipal().getName()).isEqualTo("CN=bridge");
        dialled.channel().close().sync();
    }

    @Test
    void a_client_without_the_certificate_that_is_asked_for_is_not_let_in() throws Exception {
        int port = rig.listen(server().versions(TlsVersion.TLS_1_2).requireClientCertificate(CA.getCertificatePEM()));

        then(rig.failure(client(), "localhost", port)).hasMessageContaining("certificate(...)");
        then(rig.failure(
                        client().certificate(OTHER_CLIENT.getCertificatePathPEM(), OTHER_CLIENT.getPrivateKeyPEM()),
                        "localhost",
                        port))
                .hasMessageContaining("certificate");
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void in_tls_1_3_a_client_hears_after_his_handshake_that_he_is_not_let_in() throws Exception {
        int port = rig.listen(server().versions(TlsVersion.TLS_1_3).requireClientCertificate(CA.getCertificatePEM()));
        LayerRig.Taken dialled = rig.dial(client(), "localhost", port);
        dialled.reads();

        then(dialled.channel().closeFuture().await(20_000)).isTrue();
        then(rig.nobodyCame()).isTrue();
    }

    @Test
    void versions_that_do_not_meet_are_told() throws Exception {
        int port = rig.listen(server().versions(TlsVersion.TLS_1_3));
        then(rig.failure(client().versions(TlsVersion.TLS_1_2), "localhost", port))
                .hasMessageContaining("versions(...)");

        int old = rig.listen(server().versions(TlsVersion.TLS_1_2));
        then(rig.failure(client().versions(TlsVersion.TLS_1_3), "localhost", old))
                .hasMessageContaining("versions(...)");
    }

    @Test
    void agrees_on_the_version_and_the_protocol() throws Exception {
        int port = rig.listen(server().alpn("h2", "http/1.1").versions(TlsVersion.TLS_1_2, TlsVersion.TLS_1_3));
        LayerRig.Taken dialled = rig.dial(client().alpn("http/1.1"), "localhost", port);

        var tls = dialled.channel().pipeline().get(io.netty.handler.ssl.SslHandler.class);
        then(tls.applicationProtocol()).isEqualTo("http/1.1");
        then(tls.engine().getSession().getProtocol()).isEqualTo("TLSv1.3");
        thenSpeak(dialled);
        thenSpeak(rig.dial(client().alpn("something/else"), "localhost", port));
        thenSpeak(rig.dial(client(), "localhost", port));
    }

    @Test
    void a_context_that_was_given_decides() throws Exception {
        int port = rig.listen(Tls.server(Certificates.jdk(SERVER)));
        thenSpeak(rig.dial(Tls.client(Certificates.jdk(CLIENT)), "localhost", port));
        then(rig.failure(Tls.client(Certificates.jdk(CLIENT)), "shop.example", port))
                .hasMessageContaining("not for shop.example");

        int nettys = rig.listen(
                Tls.server(SslContextBuilder.forServer(SERVER.getKeyPair().getPrivate(), SERVER.getCertificatePath())
                        .build()));
        var context =
                SslContextBuilder.forClient().trustManager(CA.getCertificate()).build();
        thenSpeak(rig.dial(Tls.client(context), "localhost", nettys));
        then(rig.failure(Tls.client(context), "shop.example", nettys)).hasMessageContaining("not for shop.example");
    }

    @Test
    void a_port_that_does_not_speak_tls_is_told() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread speaker = new Thread(() -> answer(server));
            speaker.start();
            then(rig.failure(client(), "localhost", server.getLocalPort())).hasMessageContaining("does not speak TLS");
            speaker.join();
        }
    }

    private static void answer(ServerSocket server) {
        try (Socket socket = server.accept()) {
            socket.getOutputStream().write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getInputStream().read(new byte[4_096]);
        } catch (IOException e) {
            // the client has gone
        }
    }

    @Test
    void a_server_that_hangs_up_is_told_at_once() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread closer = new Thread(() -> {
                try (Socket socket = server.accept()) {
                    socket.getInputStream().read(new byte[4_096]);
                } catch (IOException e) {
                    // the client has gone
                }
            });
            closer.start();
            then(rig.failure(client(), "localhost", server.getLocalPort()))
                    .hasMessageContaining("closed during the handshake");
            closer.join();
        }
    }

    @Test
    void a_server_that_says_nothing_is_waited_for_no_longer_than_for_a_dial() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            then(rig.failure(client().handshakeTimeout(Duration.ofMillis(100)), "localhost", server.getLocalPort()))
                    .hasMessageContaining("no handshake within 100 ms");
            rig.timeout(Duration.ofMillis(200));
            then(rig.failure(client(), "localhost", server.getLocalPort()))
                    .hasMessageContaining("no handshake within ");
        }
    }
}
