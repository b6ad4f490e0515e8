package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.tls.TlsServer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A certificate, in files or in the document itself.
 *
 * @param use what it is good for
 * @param file its path; null if {@code text} holds it
 * @param text PEM; empty if {@code file} holds it
 * @param keyFile the path of its key; null if {@code key} holds it, or it has none
 * @param key PEM; null if {@code keyFile} holds it, or it has none
 */
record CertificatePart(
        Place place,
        Use use,
        @Nullable String file,
        String text,
        @Nullable String keyFile,
        @Nullable Secret key) {
    private static final Map<String, Use> USES = new LinkedHashMap<>();

    static {
        USES.put("encipherment", Use.IDENTITY);
        USES.put("verify", Use.ISSUER_OF_SERVERS);
        USES.put("verifyclient", Use.ISSUER_OF_CLIENTS);
        USES.put("", Use.IDENTITY);
    }

    /** What a certificate is good for. */
    enum Use {
        IDENTITY,
        ISSUER_OF_SERVERS,
        ISSUER_OF_CLIENTS
    }

    static @Nullable CertificatePart read(Section section) {
        Use use = section.oneOf("usage", USES);
        if (section.has("usage") && use == null) {
            return null;
        }
        String file = section.text("certificateFile", "");
        List<String> lines = section.texts("certificate");
        String keyFile = section.text("keyFile", "");
        List<String> key = section.texts("key");
        if (file.isEmpty() && lines.isEmpty()) {
            section.faults()
                    .fault(
                            section.place("certificateFile"),
                            "missing (expected: a PEM file, or its lines as" + " \"certificate\")");
            return null;
        }
        boolean isIdentity = use == null || use == Use.IDENTITY;
        if (isIdentity && keyFile.isEmpty() && key.isEmpty()) {
            section.faults().fault(section.place("keyFile"), "missing (expected: a PEM file, or its lines as \"key\")");
            return null;
        }
        return new CertificatePart(
                section.place(),
                use == null ? Use.IDENTITY : use,
                file.isEmpty() ? null : file,
                file.isEmpty() ? String.join("\n", lines) : "",
                keyFile.isEmpty() ? null : keyFile,
                keyFile.isEmpty() && !key.isEmpty() ? new Secret(String.join("\n", key)) : null);
    }

    boolean isIdentity() {
        return use == Use.IDENTITY;
    }

    boolean isOfServers() {
        return use == Use.ISSUER_OF_SERVERS;
    }

    boolean isOfClients() {
        return use == Use.ISSUER_OF_CLIENTS;
    }

    /** What becomes of it; a file that cannot be used is a fault of this machine. */
    <T> @Nullable T made(Faults faults, Supplier<T> maker) {
        return file == null && keyFile == null ? faults.made(place, maker) : faults.madeHere(place, maker);
    }

    TlsServer server() {
        if (file != null && keyFile != null) {
            return Tls.server(Path.of(file), Path.of(keyFile));
        }
        return Tls.server(certificatePem(), keyPem());
    }

    TlsServer requiredBy(TlsServer server) {
        return server.requireClientCertificate(certificatePem());
    }

    TlsClient shownBy(TlsClient client) {
        return client.certificate(certificatePem(), keyPem());
    }

    TlsClient trustedBy(TlsClient client) {
        return client.trust(certificatePem());
    }

    private String certificatePem() {
        return file == null ? text : PemFile.read(file);
    }

    private String keyPem() {
        return keyFile == null ? key == null ? "" : key.text() : PemFile.read(keyFile);
    }

    Json print() {
        Json certificate = Json.object();
        if (!isIdentity()) {
            certificate.with("usage", isOfServers() ? "verify" : "verifyclient");
        }
        if (file == null) {
            certificate.withTexts("certificate", text.lines().toList());
        } else {
            certificate.with("certificateFile", file);
        }
        if (keyFile != null) {
            certificate.with("keyFile", keyFile);
        } else if (key != null) {
            certificate.withTexts("key", key.text().lines().toList());
        }
        return certificate;
    }
}
