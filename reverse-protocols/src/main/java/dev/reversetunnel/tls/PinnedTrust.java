package dev.reversetunnel.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Knows a server by its pin. Its issuer, names and dates are looked at only if issuers were named as well: who knows
 * the key needs nobody to vouch for it, and the handshake has proved that the server has it.
 */
final class PinnedTrust extends X509ExtendedTrustManager {
    private final List<Pin> pins;
    private final @Nullable X509ExtendedTrustManager issuers;

    PinnedTrust(List<Pin> pins, @Nullable X509ExtendedTrustManager issuers) {
        this.pins = pins;
        this.issuers = issuers;
    }

    private void check(X509Certificate[] chain) throws CertificateException {
        if (chain.length == 0) {
            throw new CertificateException("certificates: none (expected: the server's)");
        }
        for (Pin pin : pins) {
            if (pin.matches(chain[0])) {
                return;
            }
        }
        throw new Trust.PinMismatchException(Pin.ofKey(chain[0]));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        check(chain);
        if (issuers != null) {
            issuers.checkServerTrusted(chain, authType, engine);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        check(chain);
        if (issuers != null) {
            issuers.checkServerTrusted(chain, authType, socket);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        check(chain);
        if (issuers != null) {
            issuers.checkServerTrusted(chain, authType);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        throw clients();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        throw clients();
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        throw clients();
    }

    private static CertificateException clients() {
        return new CertificateException("a client pins servers");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
