package dev.reversetunnel.tls;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Certificates and keys as OpenSSL and others write them. */
class PemTest {
    private static final String CERTIFICATE = Certificates.SERVER.getCertificatePathPEM();
    private static final String KEY = Certificates.SERVER.getPrivateKeyPEM();

    private static String pem(String label, byte[] der) {
        return "-----BEGIN " + label + "-----\n"
                + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n-----END " + label
                + "-----\n";
    }

    private static PrivateKey read(String text) {
        return Pem.of("key", text).privateKey(null);
    }

    private static KeyPair rsa() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2_048);
        return generator.generateKeyPair();
    }

    private static KeyPair ec(String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    @Test
    void reads_keys_of_pkcs_8_of_all_kinds() throws Exception {
        for (KeyPair pair : new KeyPair[] {
            rsa(),
            ec("secp256r1"),
            ec("secp384r1"),
            KeyPairGenerator.getInstance("Ed25519").generateKeyPair()
        }) {
            then(read(pem("PRIVATE KEY", pair.getPrivate().getEncoded()))).isEqualTo(pair.getPrivate());
        }
    }

    /** As {@code openssl genrsa -traditional} writes them. */
    @Test
    void reads_keys_of_rsa_in_their_own_form() throws Exception {
        PrivateKey key = rsa().getPrivate();
        byte[] pkcs8 = key.getEncoded();
        byte[] pkcs1 = Arrays.copyOfRange(pkcs8, 26, pkcs8.length); // behind version, algorithm and octet string

        then(read(pem("RSA PRIVATE KEY", pkcs1))).isEqualTo(key);
    }

    /** As {@code openssl ecparam -genkey} writes them: this one was made by OpenSSL 3.0.19. */
    @Test
    void reads_keys_of_elliptic_curves_in_their_own_form() {
        String text = """
                -----BEGIN EC PARAMETERS-----
                BggqhkjOPQMBBw==
                -----END EC PARAMETERS-----
                -----BEGIN EC PRIVATE KEY-----
                %s
                -----END EC PRIVATE KEY-----
                """.formatted(EC_KEY);

        then(read(text).getAlgorithm()).isEqualTo("EC");
    }

    /** A key for this test alone. */
    private static final String EC_KEY =
            "MHcCAQEEIIjJEw6wZv8DfLHoLr8X+3RNWHTLkZntDNQuGLxB4/t0oAoGCCqGSM49\nAwEHoUQDQgAEf4QOeWaX5N7g/UlauLghryf+kROsInn9kxITeNU98rZYBKrQwDQ6\nOpIMzkIRgVSAI6TWME0+gM81L3aQK9/xdA==";

    /** V2Ray's tool labels every key so. */
    @Test
    void believes_what_is_inside_and_not_the_label() throws Exception {
        PrivateKey key = ec("secp256r1").getPrivate();

        then(read(pem("RSA PRIVATE KEY", key.getEncoded()))).isEqualTo(key);
    }

    /** By {@code openssl pkcs8 -topk8} of OpenSSL 3.0.19, each with the same key and the password "sesame". */
    enum Encrypted {
        /** AES-256, HMAC-SHA-256: what OpenSSL 3 chooses. */
        AES_256("MIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAgspAagJvAYRgICCAAwDAYIKoZIhvcNAgkFADAdBglg"
                + "hkgBZQMEASoEEFjjoKBDd6FJwf7F0/GXn0wEgZDjdW3N80kzycw8/uUYvtcZbmEJbqZkgLFzHtTvww3Yk+wBFmuf"
                + "iSIX4RjBRHD+5V8RxDBTEKfZ5WsNiT2Id/FCFo7z1egAfsEMTui4EGkGP/6PDwd7tNWzL2qzR1yzs9hsGSFybPc7"
                + "4Qpz4h3dD6+G6xFG63tOQaTQze6YaJwkgvkDFud3pnrpOXpiWNjkxDM="),
        /** AES-128, HMAC-SHA-1: -v2 aes-128-cbc -v2prf hmacWithSHA1. */
        AES_128("MIHeMEkGCSqGSIb3DQEFDTA8MBsGCSqGSIb3DQEFDDAOBAjgVFE+j2pKOAICCAAwHQYJYIZIAWUDBAECBBARgkKv"
                + "SPw9y64ZwRPsgIUDBIGQs2IfLC4RmqH5Ddf3ZAm/6d8kQCpVhMRiuorb55iHP7GhEC2UaStNeIcbMnefcQh9f3LJ"
                + "dTPQiFK6A5K2j8qOOeg3tRppe1wOTUDLgn2T0xcNkeKq3HDf+QEf+HY3fIHZP8DkMrQXE2L/unZcWWcVTW6FQKNL"
                + "+wl3yIDRT8ra8I121HPA1TxOJqpcwTXLDus0"),
        /** triple DES: -v1 PBE-SHA1-3DES. */
        TRIPLE_DES("MIGxMBwGCiqGSIb3DQEMAQMwDgQIdtegwBR7+PICAggABIGQVXmEcsYNy9JhpBnfyX741kQs7uavSGGmYrxWftxJ"
                + "H4rpn9DIykHy2FiarE417JwEfyAMzGVJpsosqZjNpK4Xrpod+MldJP+Z44nvrkZK9uQ+bVZAeN/rtEHTIeISwXDC"
                + "pppzZk3cGo74NOoiSOLkJelnCuI9punrDAj+SmsQs6hjbcR5Edopz4CDQM1Gz2Xl");

        private final String base64;

        Encrypted(String base64) {
            this.base64 = base64;
        }
    }

    @ParameterizedTest
    @EnumSource
    void reads_encrypted_keys(Encrypted encrypted) {
        Pem pem = Pem.of("key", pem("ENCRYPTED PRIVATE KEY", Base64.getDecoder().decode(encrypted.base64)));

        then(pem.privateKey("sesame").getAlgorithm()).isEqualTo("EC");
        thenThrownBy(() -> pem.privateKey("open"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the right password")
                .hasMessageNotContaining("open");
        thenThrownBy(() -> pem.privateKey(null)).hasMessageContaining("its password as well");
    }

    @Test
    void reads_a_chain_in_its_order() {
        String chain = "subject=/CN=localhost\n" + CERTIFICATE + Certificates.CA.getCertificatePEM();

        then(Pem.of("certificate", chain).certificates())
                .containsExactly(Certificates.SERVER.getCertificate(), Certificates.CA.getCertificate());
    }

    @Test
    void finds_both_in_one_file(@TempDir Path directory) throws Exception {
        Path both = Certificates.write(directory, "both.pem", KEY + CERTIFICATE);

        then(Tls.server(both, both).toString()).contains("both.pem");
        then(Tls.fingerprint(both)).isEqualTo(Tls.fingerprint(Certificates.SERVER.getCertificate()));
    }

    @Test
    void takes_streams() {
        then(Tls.server(stream(CERTIFICATE), stream(KEY))).isNotNull();
    }

    private static ByteArrayInputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void says_what_is_wrong_and_what_was_expected(@TempDir Path directory) {
        thenThrownBy(() -> Tls.server("cert.pem", "key.pem"))
                .hasMessage("certificate: no PEM text (expected: \"-----BEGIN ...\"; a file is given as a Path)");
        thenThrownBy(() -> Tls.server(directory.resolve("none.pem"), directory.resolve("none.pem")))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("none.pem cannot be read (expected: a PEM file)");
        thenThrownBy(() -> Tls.server(KEY, KEY)).hasMessageContaining("certificate: no certificate in it");
        thenThrownBy(() -> Tls.server(CERTIFICATE, CERTIFICATE)).hasMessageContaining("key: no private key in it");
        thenThrownBy(() -> Tls.server(CERTIFICATE, Certificates.CLIENT.getPrivateKeyPEM()))
                .hasMessageContaining("does not belong to the certificate");
        thenThrownBy(() -> Tls.server(CERTIFICATE, Certificates.SERVER_RSA.getPrivateKeyPEM()))
                .hasMessageContaining("does not belong to the certificate");
        thenThrownBy(() -> Tls.server(pem("CERTIFICATE", new byte[40]), KEY)).hasMessageContaining("is damaged");
        thenThrownBy(() -> Tls.server(CERTIFICATE, pem("PRIVATE KEY", new byte[40])))
                .hasMessageContaining("unknown kind (expected: RSA, EC or EdDSA)");
        thenThrownBy(
                        () -> Tls.server(
                                CERTIFICATE,
                                "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----"))
                .hasMessageContaining("openssl pkcs8 -topk8");
    }

    @Test
    void refuses_a_pin_that_is_none() {
        thenThrownBy(() -> Tls.client().pin("abcd"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64 hex digits");
        thenThrownBy(() -> Tls.client().pin("g".repeat(64))).hasMessageContaining("64 hex digits");
        thenThrownBy(() -> Tls.client().pin(Tls.fingerprint(Certificates.CA.getCertificate()) + "00"))
                .hasMessageContaining("64 hex digits");
    }

    @Test
    void takes_a_pin_in_all_its_forms() {
        String hex = Tls.fingerprint(Certificates.SERVER.getCertificate());
        byte[] bytes = HexFormat.of().parseHex(hex);
        String colons = HexFormat.ofDelimiter(":").withUpperCase().formatHex(bytes);
        String base64 = Base64.getEncoder().encodeToString(bytes);

        for (String form : new String[] {hex, colons, base64, "sha256/" + base64, "sha256//" + base64, " " + hex}) {
            then(Pin.parse(form)).isEqualTo(new Pin(hex));
        }
    }

    @Test
    void nothing_that_is_printed_shows_a_key() {
        String secret = KEY.lines().skip(1).findFirst().orElseThrow();
        for (Object printed : new Object[] {
            Certificates.server(Certificates.SERVER),
            Certificates.client().certificate(CERTIFICATE, KEY),
            Pem.of("key", KEY),
            new Identity(Pem.of("certificate", CERTIFICATE).certificates(), read(KEY)),
            new IdentitySource.InFiles(Path.of("a"), Path.of("b"), "sesame")
        }) {
            then(printed.toString()).doesNotContain(secret.substring(0, 20)).doesNotContain("sesame");
        }
    }
}
