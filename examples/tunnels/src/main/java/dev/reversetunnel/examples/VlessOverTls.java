package dev.reversetunnel.examples;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.vless.Vless;
import java.nio.file.Path;
import java.time.Duration;
import java.util.UUID;

/**
 * A tunnel that looks like any other TLS connection. VLESS encrypts nothing: the certificate is all there is, so it is
 * always verified. With one that a public authority has signed {@code Tls.client()} is enough; this shows the two ways
 * for a certificate of your own. Both ends are in one JVM here.
 */
public final class VlessOverTls {
    private VlessOverTls() {}

    /**
     * Prints the page that was fetched through the public port.
     *
     * @param args PEM files: the server's certificate and its key. The bridge knows it by the pin of its key; or, if a
     *     third file with the certificate of an authority follows, by its being signed by that for {@code localhost}
     * @throws Exception if something does not work; the message says what to do
     */
    public static void main(String[] args) throws Exception {
        if (args.length != 2 && args.length != 3) {
            System.err.println("usage: VlessOverTls CERTIFICATE KEY [AUTHORITY]   (PEM files; to make one: openssl req"
                    + " -x509 -newkey rsa:2048 -nodes -subj /CN=localhost -keyout key.pem -out certificate.pem)");
            System.exit(2);
        }
        UUID id = UUID.randomUUID(); // the secret that both ends share
        Path certificate = Path.of(args[0]);
        String pin = Tls.fingerprint(certificate); // to be told to whoever runs the bridge
        TlsClient tls = args.length == 3
                ? Tls.client().trust(Path.of(args[2]))
                : Tls.client().pin(pin);

        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.shop.internal")
                        .listen(Vless.server(0).user("shop", id).transport(Tls.server(certificate, Path.of(args[1]))))
                        .listen(Inbound.port(0).address("127.0.0.1"))
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.shop.internal")
                        .connect(Vless.client("localhost", portal.port("tunnels"))
                                .user(id)
                                .transport(tls))
                        .serve(exchange -> Site.answer(exchange, "Hello through TLS!"))
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));

            System.out.println("the certificate's pin: " + pin);
            System.out.println("a visitor reads: " + Site.read(portal.port("visitors")));
        }
    }
}
