package dev.reversetunnel.tls;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;

/**
 * The SHA-256 of a public key (its SubjectPublicKeyInfo), or of a whole certificate: by which a server is known whoever
 * issued its certificate.
 *
 * @param sha256 64 hex digits, in lower case
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7469#section-2.4">RFC 7469, 2.4</a>
 */
record Pin(String sha256) {
    private static final int BYTES = 32;

    /** Reads hex, with or without colons, or Base64. */
    static Pin parse(String text) {
        String bare = text.strip().replaceFirst("^(?i)sha256[:/]{1,2}", "");
        String hex = bare.replace(":", "");
        try {
            byte[] bytes = hex.length() == 2 * BYTES
                    ? HexFormat.of().parseHex(hex.toLowerCase(Locale.ROOT))
                    : Base64.getDecoder().decode(bare);
            if (bytes.length == BYTES) {
                return new Pin(HexFormat.of().formatHex(bytes));
            }
        } catch (IllegalArgumentException e) {
            // told below, for both forms
        }
        throw new IllegalArgumentException("pin: \"" + text
                + "\" (expected: SHA-256 as 64 hex digits, with or without colons, or as Base64; see"
                + " Tls.fingerprint(...))");
    }

    static Pin ofKey(X509Certificate certificate) {
        return new Pin(sha256(certificate.getPublicKey().getEncoded()));
    }

    boolean matches(X509Certificate certificate) {
        try {
            return equals(ofKey(certificate)) || sha256.equals(sha256(certificate.getEncoded()));
        } catch (CertificateEncodingException e) {
            return false;
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /** A pin is no secret. */
    @Override
    public String toString() {
        return sha256;
    }
}
