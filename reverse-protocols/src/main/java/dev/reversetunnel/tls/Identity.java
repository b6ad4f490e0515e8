package dev.reversetunnel.tls;

import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * Who one is: a certificate, those of its issuers, and the key that belongs to it.
 *
 * @param chain one's own certificate first
 * @param key the private key
 */
record Identity(List<X509Certificate> chain, PrivateKey key) {
    Identity {
        chain = List.copyOf(chain);
        checkPair(chain.get(0), key);
    }

    X509Certificate certificate() {
        return chain.get(0);
    }

    X509Certificate[] certificates() {
        return chain.toArray(new X509Certificate[0]);
    }

    /** The JDK would find out with the first client, and tell it only that there is no cipher in common. */
    private static void checkPair(X509Certificate certificate, PrivateKey key) {
        String algorithm = switch (key.getAlgorithm()) {
            case "RSA" -> "SHA256withRSA";
            case "EC" -> "SHA256withECDSA";
            case "EdDSA" -> "EdDSA";
            default -> ""; // needs parameters that only its certificate knows
        };
        if (algorithm.isEmpty()) {
            return;
        }
        byte[] anything = {1, 2, 3};
        try {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(anything);
            byte[] signed = signature.sign();
            signature.initVerify(certificate.getPublicKey());
            signature.update(anything);
            if (!signature.verify(signed)) {
                throw mismatch(null);
            }
        } catch (GeneralSecurityException e) {
            throw mismatch(e);
        }
    }

    private static IllegalArgumentException mismatch(@org.jspecify.annotations.Nullable Throwable cause) {
        return new IllegalArgumentException(
                "key: does not belong to the certificate (expected: the key of the first certificate in the file)",
                cause);
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "Identity[" + certificate().getSubjectX500Principal() + "]";
    }
}
