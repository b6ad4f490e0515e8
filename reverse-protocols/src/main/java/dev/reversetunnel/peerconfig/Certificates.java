package dev.reversetunnel.peerconfig;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;

/** Certificates, as documents hold them. */
final class Certificates {
    private static final Base64.Encoder LINES = Base64.getMimeEncoder(64, new byte[] {'\n'});

    private Certificates() {}

    /**
     * Reads a PEM file of issuers.
     *
     * @throws IllegalArgumentException if there is no certificate in it
     */
    static List<String> read(Path pem) {
        try {
            byte[] text = Files.readAllBytes(pem);
            Collection<? extends java.security.cert.Certificate> found =
                    CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(text));
            List<String> lines = new ArrayList<>();
            for (java.security.cert.Certificate one : found) {
                lines.addAll(lines((X509Certificate) one));
            }
            if (lines.isEmpty()) {
                throw new IllegalArgumentException("trust: no certificate in " + pem + " (expected: a PEM file)");
            }
            return List.copyOf(lines);
        } catch (IOException | CertificateException e) {
            throw new IllegalArgumentException(
                    "trust: " + pem + " cannot be read (expected: a PEM file with certificates)", e);
        }
    }

    static Verification.Pinned pin(X509Certificate certificate) {
        return new Verification.Pinned(
                lines(certificate),
                HexFormat.of().formatHex(sha256(encoded(certificate))),
                Base64.getEncoder()
                        .encodeToString(sha256(certificate.getPublicKey().getEncoded())));
    }

    private static List<String> lines(X509Certificate certificate) {
        List<String> lines = new ArrayList<>();
        lines.add("-----BEGIN CERTIFICATE-----");
        lines.addAll(List.of(new String(LINES.encode(encoded(certificate)), StandardCharsets.US_ASCII).split("\n")));
        lines.add("-----END CERTIFICATE-----");
        return lines;
    }

    private static byte[] encoded(X509Certificate certificate) {
        try {
            return certificate.getEncoded();
        } catch (CertificateEncodingException e) {
            throw new IllegalArgumentException("certificate: cannot be written down", e);
        }
    }

    private static byte[] sha256(byte[] bytes) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(bytes);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
