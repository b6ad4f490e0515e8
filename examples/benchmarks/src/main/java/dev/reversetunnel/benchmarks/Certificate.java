package dev.reversetunnel.benchmarks;

import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A server's certificate for {@code localhost} that it has signed itself. */
final class Certificate {
    private Certificate() {}

    static void write(Path chain, Path key) throws IOException {
        try {
            X509Bundle bundle = new CertificateBuilder()
                    .subject("CN=localhost")
                    .addSanDnsName("localhost")
                    .setIsCertificateAuthority(true)
                    .buildSelfSigned();
            Files.writeString(chain, bundle.getCertificatePathPEM());
            Files.writeString(key, bundle.getPrivateKeyPEM());
        } catch (IOException e) {
            throw e;
        } catch (Exception e) {
            throw new IOException("certificate: not made", e);
        }
    }
}
