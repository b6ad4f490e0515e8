package dev.reversetunnel.peers;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;

/**
 * A server's certificate for {@code localhost}, {@code portal.test} and {@code 127.0.0.1}, signed by an authority that
 * nobody knows: what users of a private authority have. Files end with the JVM.
 *
 * @param authority of the signer, what a client must trust: a PEM file
 * @param chain the server's certificate: a PEM file
 * @param key its private key: a PEM file
 * @param signer what {@link #trusting()} trusts
 */
public record TestCertificate(Path authority, Path chain, Path key, X509Bundle signer) {
    /** A name that the certificate is for and that no resolver knows: for SNI and {@code serverName}. */
    public static final String NAME = "portal.test";

    /**
     * A new one.
     *
     * @return valid today
     */
    public static TestCertificate create() {
        return naming();
    }

    /**
     * A new one for more names.
     *
     * @param names of hosts
     * @return valid today
     */
    public static TestCertificate naming(String... names) {
        try {
            X509Bundle signer = new CertificateBuilder()
                    .subject("CN=Test authority")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            CertificateBuilder wanted = new CertificateBuilder()
                    .subject("CN=" + NAME)
                    .addSanDnsName(NAME)
                    .addSanDnsName("localhost")
                    .addSanIpAddress("127.0.0.1")
                    .addExtendedKeyUsageServerAuth();
            for (String name : names) {
                wanted.addSanDnsName(name);
            }
            X509Bundle server = wanted.buildIssuedBy(signer);
            return new TestCertificate(
                    signer.toTempRootCertPem().toPath(),
                    server.toTempCertChainPem().toPath(),
                    server.toTempPrivateKeyPem().toPath(),
                    signer);
        } catch (Exception e) {
            throw new IllegalStateException("certificate: not made", e);
        }
    }

    /**
     * For a client of the JDK.
     *
     * @return trusts this certificate's signer and nobody else
     */
    public SSLContext trusting() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {signer.toTrustManager()}, new SecureRandom());
            return context;
        } catch (GeneralSecurityException e) {
            throw new AssertionError("every JDK has TLS", e);
        }
    }
}
