package dev.reversetunnel.tls;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/** Certificates that exist for the time of a test run. */
@SuppressWarnings("TimeInStaticInitializer") // one that has expired needs a date in the past, whichever
public final class Certificates {
    public static final X509Bundle CA = authority("CN=test authority");
    public static final X509Bundle OTHER_CA = authority("CN=another authority");

    /** For localhost and 127.0.0.1. */
    public static final X509Bundle SERVER = issued(server(), CA);

    /** The same, of an RSA key. */
    public static final X509Bundle SERVER_RSA = issued(server().rsa2048(), CA);

    public static final X509Bundle ELSEWHERE = issued(leaf("CN=elsewhere").addSanDnsName("elsewhere.example"), CA);

    public static final X509Bundle EXPIRED = expired();

    public static final X509Bundle CLIENT = issued(leaf("CN=bridge").addExtendedKeyUsageClientAuth(), CA);
    public static final X509Bundle OTHER_CLIENT = issued(leaf("CN=stranger").addExtendedKeyUsageClientAuth(), OTHER_CA);

    private Certificates() {}

    private static X509Bundle expired() {
        Instant now = Instant.now();
        return issued(server().notBefore(now.minus(Duration.ofDays(20))).notAfter(now.minus(Duration.ofDays(10))), CA);
    }

    /** One more for the same names, with a key of its own. */
    public static X509Bundle another() {
        return issued(server(), CA);
    }

    private static CertificateBuilder server() {
        return leaf("CN=localhost").addSanDnsName("localhost").addSanIpAddress("127.0.0.1");
    }

    private static CertificateBuilder leaf(String subject) {
        return new CertificateBuilder().ecp256().subject(subject);
    }

    private static X509Bundle authority(String subject) {
        try {
            return leaf(subject).setIsCertificateAuthority(true).buildSelfSigned();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private static X509Bundle issued(CertificateBuilder builder, X509Bundle by) {
        try {
            return builder.buildIssuedBy(by);
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    /** A server that shows this certificate. */
    public static TlsServer server(X509Bundle bundle) {
        return Tls.server(bundle.getCertificatePathPEM(), bundle.getPrivateKeyPEM());
    }

    /** A client that trusts {@link #CA}. */
    public static TlsClient client() {
        return Tls.client().trust(CA.getCertificatePEM());
    }

    static Path write(Path directory, String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text);
    }

    /** The JDK's own TLS, as a stranger has it. */
    static SSLContext jdk(X509Bundle own) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        KeyManager[] keys = own.toKeyManagerFactory().getKeyManagers();
        TrustManager[] trust = CA.toTrustManagerFactory().getTrustManagers();
        context.init(keys, Arrays.copyOf(trust, trust.length), null);
        return context;
    }
}
