package dev.reversetunnel.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Text with blocks in it, as OpenSSL writes certificates and keys.
 *
 * <p>What a block is called is looked at only to tell certificates from keys: V2Ray's own tool labels keys of any kind
 * and form "RSA PRIVATE KEY".
 *
 * @param name how messages call it: a file, or what the text is for
 * @param text the whole
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7468">RFC 7468</a>
 */
record Pem(String name, String text) {
    /** More than any chain needs; a wrong path may lead to anything. */
    private static final int MAX_BYTES = 1 << 20;

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*(?:-[^-]+)*)-----END \\1-----");

    static Pem of(String name, String text) {
        if (!text.contains("-----BEGIN ")) {
            throw new IllegalArgumentException(
                    name + ": no PEM text (expected: \"-----BEGIN ...\"; a file is given as a Path)");
        }
        return new Pem(name, text);
    }

    /** Reads a file; not on an event loop. */
    static Pem of(String name, Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            return new Pem(name + " " + file, read(in));
        } catch (IOException e) {
            throw new IllegalArgumentException(name + ": " + file + " cannot be read (expected: a PEM file): " + e, e);
        }
    }

    /** Reads a stream to its end, and leaves it open. */
    static Pem of(String name, InputStream stream) {
        try {
            return of(name, read(stream));
        } catch (IOException e) {
            throw new IllegalArgumentException(name + ": cannot be read (expected: PEM text): " + e, e);
        }
    }

    private static String read(InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IOException("longer than " + MAX_BYTES + " bytes");
        }
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** All certificates, in their order; at least one. */
    List<X509Certificate> certificates() {
        List<X509Certificate> all = new ArrayList<>();
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            if (block.group(1).contains("CERTIFICATE")) {
                all.add(certificate(decode(block.group(2))));
            }
        }
        if (all.isEmpty()) {
            throw new IllegalArgumentException(
                    name + ": no certificate in it (expected: \"-----BEGIN CERTIFICATE-----\")");
        }
        return all;
    }

    private X509Certificate certificate(byte[] der) {
        try {
            return (X509Certificate)
                    CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
        } catch (CertificateException e) {
            throw new IllegalArgumentException(name + ": a certificate in it is damaged: " + e.getMessage(), e);
        }
    }

    /** The first private key. */
    PrivateKey privateKey(@Nullable String password) {
        Matcher block = BLOCK.matcher(text);
        while (block.find()) {
            if (block.group(1).endsWith("PRIVATE KEY")) {
                return privateKey(block.group(1), block.group(2), password);
            }
        }
        throw new IllegalArgumentException(name + ": no private key in it (expected: \"-----BEGIN PRIVATE KEY-----\")");
    }

    private PrivateKey privateKey(String label, String body, @Nullable String password) {
        if (body.contains("Proc-Type:")) {
            throw new IllegalArgumentException(
                    name
                            + ": encrypted in the old form of OpenSSL (expected: PKCS #8; convert it with openssl pkcs8 -topk8)");
        }
        boolean encrypted = label.startsWith("ENCRYPTED");
        if (encrypted && password == null) {
            throw new IllegalArgumentException(name + ": encrypted (expected: its password as well)");
        }
        try {
            byte[] der = decode(body);
            return encrypted ? KeyDer.decrypt(der, password) : KeyDer.key(der);
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException(
                    name + ": " + (encrypted ? "not to be decrypted (expected: the right password): " : "")
                            + e.getMessage(),
                    e);
        }
    }

    private byte[] decode(String body) {
        try {
            return Base64.getMimeDecoder().decode(body);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": a block in it is damaged (expected: Base64)", e);
        }
    }

    /** Never the text: it may be a key. */
    @Override
    public String toString() {
        return name;
    }
}
