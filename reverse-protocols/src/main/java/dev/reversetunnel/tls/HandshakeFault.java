package dev.reversetunnel.tls;

import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import io.netty.handler.ssl.NotSslRecordException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.util.Locale;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * Says why a client's handshake failed and what to do about it. The engines tell it each in its own way, by types, by
 * texts, and by the names of alerts.
 */
final class HandshakeFault {
    private HandshakeFault() {}

    /**
     * Explains.
     *
     * @param remote who was dialled
     * @param name whom it was expected to be
     */
    static TunnelException explain(Destination remote, String name, Throwable cause) {
        return new TunnelException("cannot reach " + remote + " over TLS: " + why(name, cause), cause);
    }

    private static String why(String name, Throwable cause) {
        Trust.PinMismatchException mismatch = find(cause, Trust.PinMismatchException.class);
        if (mismatch != null) {
            return "its key has another pin, " + mismatch.seen()
                    + "; somebody else may be in between, or it was renewed: compare with Tls.fingerprint(...) there,"
                    + " and name it in pin(...)";
        }
        if (find(cause, CertificateExpiredException.class) != null) {
            return "its certificate has expired; renew it there, or set this machine's clock";
        }
        if (find(cause, CertificateNotYetValidException.class) != null) {
            return "its certificate is not valid yet; set this machine's clock, or that of the server";
        }
        if (find(cause, CertPathBuilderException.class) != null
                || find(cause, CertPathValidatorException.class) != null) {
            return "its certificate is not trusted; name its issuer in trust(...), or know it by pin(...)";
        }
        if (find(cause, CertificateException.class) != null) {
            return "its certificate is not for " + name
                    + "; dial it by a name that it has, or set serverName(...), or know it by pin(...)";
        }
        if (find(cause, NotSslRecordException.class) != null) {
            return "what is there does not speak TLS; is that the right port, and is TLS switched on there?";
        }
        if (find(cause, SocketTimeoutException.class) != null) {
            return cause.getMessage() + "; does it speak TLS at all?";
        }
        String alert = alert(cause);
        return alert == null ? ended(cause) : alert;
    }

    private static @Nullable String alert(Throwable cause) {
        SSLException refused = find(cause, SSLException.class);
        if (refused == null) {
            return null;
        }
        String text = String.valueOf(refused.getMessage()).toLowerCase(Locale.ROOT);
        if (text.contains("protocol_version") || text.contains("unsupported_protocol")) {
            return "there is no version of TLS that both ends allow; see versions(...) at both";
        }
        if (text.contains("no_application_protocol")) {
            return "it speaks none of the protocols that were offered; see alpn(...) at both ends";
        }
        if (text.contains("unrecognized_name")) {
            return "it does not know the name; set serverName(...) to one that it has";
        }
        if (text.contains("certificate_required")
                || text.contains("bad_certificate")
                || text.contains("unknown_ca")
                || text.contains("certificate_unknown")
                || text.contains("access_denied")) {
            return "it did not accept our certificate; set certificate(...) to one that it trusts";
        }
        if (text.contains("handshake_failure")) {
            return "it refused; does it ask for a client's certificate (certificate(...)), or for other versions"
                    + " (versions(...))?";
        }
        return "the handshake failed: " + refused.getMessage() + "; does it speak TLS of these versions?";
    }

    private static String ended(Throwable cause) {
        String text = cause instanceof IOException && cause.getMessage() != null
                ? cause.getMessage()
                : "the connection was closed";
        return text + " during the handshake; does it speak TLS there, and does it ask for a client's certificate?";
    }

    private static <T extends Throwable> @Nullable T find(Throwable cause, Class<T> type) {
        Throwable next = cause;
        for (int depth = 0; next != null && depth < 16; depth++) {
            if (type.isInstance(next)) {
                return type.cast(next);
            }
            next = next.getCause();
        }
        return null;
    }
}
