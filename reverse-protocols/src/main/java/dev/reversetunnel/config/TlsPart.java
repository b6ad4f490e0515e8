package dev.reversetunnel.config;

import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.tls.TlsClient;
import dev.reversetunnel.tls.TlsServer;
import dev.reversetunnel.tls.TlsVersion;
import io.netty.util.NetUtil;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * TLS below a protocol.
 *
 * @param serverName that a client asks for; null for the host that it dials
 * @param alpn protocols to offer or to choose from; empty for none
 * @param oldest the oldest version; null for 1.2
 * @param newest the newest version; null for 1.3
 * @param pins of the server's certificate or key; empty for none
 * @param certificates of all uses
 */
record TlsPart(
        Place place,
        @Nullable String serverName,
        List<String> alpn,
        @Nullable TlsVersion oldest,
        @Nullable TlsVersion newest,
        List<String> pins,
        List<CertificatePart> certificates) {
    private static final Map<String, TlsVersion> VERSIONS = new LinkedHashMap<>();

    static {
        VERSIONS.put("1.2", TlsVersion.TLS_1_2);
        VERSIONS.put("1.3", TlsVersion.TLS_1_3);
    }

    TlsPart {
        alpn = List.copyOf(alpn);
        pins = List.copyOf(pins);
        certificates = List.copyOf(certificates);
    }

    static TlsPart read(Section tls, boolean listens) {
        List<CertificatePart> certificates = new ArrayList<>();
        for (Section certificate : tls.sections("certificates", "certificate")) {
            CertificatePart part = CertificatePart.read(certificate);
            if (part != null) {
                certificates.add(part);
            }
        }
        if (listens) {
            checkServer(tls, certificates);
        } else {
            checkClient(tls, certificates);
        }
        if (certificates.stream().filter(CertificatePart::isIdentity).count() > 1) {
            tls.faults()
                    .fault(
                            tls.place("certificates"),
                            "several with a key (expected: one, for all names that are served)");
        }
        return new TlsPart(
                tls.place(),
                listens ? null : serverName(tls),
                tls.texts("alpn"),
                version(tls, "minVersion"),
                version(tls, "maxVersion"),
                listens ? List.of() : pins(tls),
                certificates);
    }

    private static void checkServer(Section tls, List<CertificatePart> certificates) {
        Faults faults = tls.faults();
        boolean verifiesClients = tls.flag("verifyClientCertificate", false);
        if (certificates.stream().noneMatch(CertificatePart::isIdentity)) {
            faults.fault(
                    tls.place("certificates"),
                    "none with a key (expected: one with \"certificateFile\" and \"keyFile\", or with \"certificate\" and"
                            + " \"key\")");
        }
        boolean hasIssuers = certificates.stream().anyMatch(CertificatePart::isOfClients);
        if (verifiesClients != hasIssuers) {
            faults.fault(
                    tls.place("verifyClientCertificate"),
                    verifiesClients
                            ? "true, but by whom (expected: a certificate with \"usage\": \"verifyclient\" among"
                                    + " \"certificates\")"
                            : "not true, though there is a certificate with \"usage\": \"verifyclient\" (expected:"
                                    + " both or none)");
        }
    }

    private static void checkClient(Section tls, List<CertificatePart> certificates) {
        Faults faults = tls.faults();
        boolean ownRootsOnly = tls.flag("disableSystemRoot", false);
        boolean verifies = certificates.stream().anyMatch(CertificatePart::isOfServers);
        if (verifies && !ownRootsOnly) {
            faults.warn(
                    tls.place("certificates"),
                    "only these issuers are trusted, and not those of the system as well; say so with"
                            + " \"disableSystemRoot\": true");
        }
        if (ownRootsOnly && !verifies) {
            faults.fault(
                    tls.place("disableSystemRoot"),
                    "true, and nobody else is trusted (expected: issuers with \"usage\": \"verify\" among"
                            + " \"certificates\")");
        }
    }

    private static @Nullable String serverName(Section tls) {
        String name = tls.text("serverName", "");
        return name.isBlank() ? null : name;
    }

    private static @Nullable TlsVersion version(Section tls, String key) {
        return tls.has(key) ? tls.oneOf(key, VERSIONS) : null;
    }

    private static List<String> pins(Section tls) {
        List<Value.Text> entries = new ArrayList<>(tls.entries("pinnedPeerCertSha256"));
        entries.addAll(tls.entries("pinnedPeerCertificatePublicKeySha256"));
        List<String> pins = new ArrayList<>();
        for (Value.Text entry : entries) {
            if (tls.faults().made(entry.place(), () -> Tls.client().pin(entry.text())) != null) {
                pins.add(entry.text());
            }
        }
        return pins;
    }

    // ---- transports ----

    /** The side that listens; null if a file cannot be used, which is told. */
    @Nullable
    Transport server(Transport below, Faults faults) {
        TlsServer server = null;
        for (CertificatePart certificate : certificates) {
            if (certificate.isIdentity()) {
                server = certificate.made(faults, certificate::server);
            }
        }
        for (CertificatePart certificate : certificates) {
            TlsServer made = server;
            if (made != null && certificate.isOfClients()) {
                server = certificate.made(faults, () -> certificate.requiredBy(made));
            }
        }
        TlsServer made = server;
        return made == null
                ? null
                : faults.made(place, () -> {
                    TlsServer told = alpn.isEmpty() ? made : made.alpn(alpn.toArray(String[]::new));
                    return told.versions(versions()).over(below);
                });
    }

    /** The side that dials; null if a file cannot be used, which is told. */
    @Nullable
    Transport client(Transport below, Faults faults) {
        TlsClient client = Tls.client();
        for (CertificatePart certificate : certificates) {
            TlsClient made = client;
            if (made != null && certificate.isIdentity()) {
                client = certificate.made(faults, () -> certificate.shownBy(made));
            } else if (made != null && certificate.isOfServers()) {
                client = certificate.made(faults, () -> certificate.trustedBy(made));
            }
        }
        TlsClient made = client;
        return made == null
                ? null
                : faults.made(place, () -> {
                    TlsClient told = alpn.isEmpty() ? made : made.alpn(alpn.toArray(String[]::new));
                    if (serverName != null && !isAddress(serverName)) {
                        told = told.serverName(serverName);
                    }
                    return told.pin(pins.toArray(String[]::new))
                            .versions(versions())
                            .over(below);
                });
    }

    static boolean isAddress(String name) {
        return NetUtil.createByteArrayFromIpAddressString(name) != null || (name.startsWith("[") && name.endsWith("]"));
    }

    private TlsVersion[] versions() {
        List<TlsVersion> allowed = new ArrayList<>(VERSIONS.values());
        allowed.removeIf(version ->
                (oldest != null && version.compareTo(oldest) < 0) || (newest != null && version.compareTo(newest) > 0));
        if (allowed.isEmpty()) {
            throw new IllegalArgumentException(
                    "minVersion is newer than maxVersion (expected: 1.2 or 1.3, or none of them)");
        }
        return allowed.toArray(TlsVersion[]::new);
    }

    Json print(Format format, boolean listens) {
        Json tls = Json.object();
        if (serverName != null && !listens) {
            tls.with("serverName", serverName);
        }
        if (!alpn.isEmpty()) {
            tls.withTexts("alpn", alpn);
        }
        if (format == Format.V2RAY && (oldest != null || newest != null)) {
            throw new IllegalArgumentException("minVersion, maxVersion: V2Ray 4 knows no such thing (expected: none)");
        }
        VERSIONS.forEach((name, version) -> {
            if (version == oldest) {
                tls.with("minVersion", name);
            }
            if (version == newest) {
                tls.with("maxVersion", name);
            }
        });
        if (!pins.isEmpty()) {
            if (format == Format.V2RAY) {
                throw new IllegalArgumentException("pinnedPeerCertSha256: V2Ray 4 knows no such pins"
                        + " (expected: issuers with \"usage\": \"verify\" among \"certificates\")");
            }
            tls.with("pinnedPeerCertSha256", String.join(",", pins));
        }
        if (!listens && certificates.stream().anyMatch(CertificatePart::isOfServers)) {
            tls.with("disableSystemRoot", true);
        }
        if (listens && certificates.stream().anyMatch(CertificatePart::isOfClients)) {
            throw new IllegalArgumentException(
                    "verifyClientCertificate: only V2Ray 5 asks for certificates of clients, and"
                            + " the others would let everybody in (expected: none)");
        }
        return certificates.isEmpty()
                ? tls
                : tls.withAll(
                        "certificates",
                        certificates.stream().map(CertificatePart::print).toArray(Json[]::new));
    }

    TlsPart alpn(List<String> other) {
        return new TlsPart(place, serverName, other, oldest, newest, pins, certificates);
    }
}
