package dev.reversetunnel.tls;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Whom to trust. */
final class Trust {
    private Trust() {}

    /**
     * A trust manager of the JDK.
     *
     * @param issuers certificates to trust; null for what comes with the JDK
     */
    static X509ExtendedTrustManager manager(@Nullable List<X509Certificate> issuers) throws GeneralSecurityException {
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(issuers == null ? null : store(issuers));
        for (TrustManager manager : factory.getTrustManagers()) {
            if (manager instanceof X509ExtendedTrustManager extended) {
                return extended;
            }
        }
        throw new GeneralSecurityException("this JDK has no trust manager for X.509");
    }

    private static KeyStore store(List<X509Certificate> issuers) throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException e) {
            throw new GeneralSecurityException(e);
        }
        for (int i = 0; i < issuers.size(); i++) {
            store.setCertificateEntry("issuer-" + i, issuers.get(i));
        }
        return store;
    }

    /** The server's certificate has none of the pins. */
    static final class PinMismatchException extends CertificateException {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        private final transient @Nullable Pin seen;

        PinMismatchException(Pin seen) {
            super("pin: " + seen + " (expected: another one)");
            this.seen = seen;
        }

        @Nullable
        Pin seen() {
            return seen;
        }
    }
}
