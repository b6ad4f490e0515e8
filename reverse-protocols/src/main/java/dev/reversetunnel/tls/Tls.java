package dev.reversetunnel.tls;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * TLS 1.2 and 1.3 as a transport under any protocol. The way in: {@link #server(Path, Path)} for the side that listens,
 * {@link #client()} for the side that dials; both are handed to a protocol's {@code transport(...)}.
 *
 * <pre>{@code
 * Vmess.server(443).transport(Tls.server(Path.of("fullchain.pem"), Path.of("privkey.pem")))
 * Vmess.client("portal.example.com", 443).transport(Tls.client())
 * }</pre>
 *
 * <p>A clean end is a close_notify, a connection that ends without one was cut, and a reset sends none. The end of one
 * direction alone is carried by TLS 1.3, see {@link TlsVersion#TLS_1_2} and {@link TlsEngine#NATIVE}.
 */
public final class Tls {
    private Tls() {}

    /**
     * A server whose certificate and key are in files. They are read at once, and again when they change, see
     * {@link TlsServer#reloadEvery}.
     *
     * @param chain a PEM file with the certificate and those of its issuers
     * @param key a PEM file with the private key; may be the same file
     * @return a server
     * @throws IllegalArgumentException if one of them cannot be used; says why
     */
    public static TlsServer server(Path chain, Path key) {
        return new TlsServer(new IdentitySource.InFiles(chain, key, null));
    }

    /**
     * A server whose certificate and encrypted key are in files. They are read at once, and again when they change, see
     * {@link TlsServer#reloadEvery}.
     *
     * @param chain a PEM file with the certificate and those of its issuers
     * @param key a PEM file with the private key, as PKCS #8; may be the same file
     * @param password of the key
     * @return a server
     * @throws IllegalArgumentException if one of them cannot be used; says why
     */
    public static TlsServer server(Path chain, Path key, String password) {
        return new TlsServer(new IdentitySource.InFiles(chain, key, password));
    }

    /**
     * A server whose certificate and key are at hand.
     *
     * @param chain PEM text with the certificate and those of its issuers
     * @param key PEM text with the private key
     * @return a server
     * @throws IllegalArgumentException if one of them cannot be used; says why
     */
    public static TlsServer server(String chain, String key) {
        return server(Pem.of("certificate", chain), Pem.of("key", key), null);
    }

    /**
     * A server whose certificate and encrypted key are at hand.
     *
     * @param chain PEM text with the certificate and those of its issuers
     * @param key PEM text with the private key, as PKCS #8
     * @param password of the key
     * @return a server
     * @throws IllegalArgumentException if one of them cannot be used; says why
     */
    public static TlsServer server(String chain, String key, String password) {
        return server(Pem.of("certificate", chain), Pem.of("key", key), password);
    }

    /**
     * A server whose certificate and key come from streams, which are read to their ends and left open.
     *
     * @param chain PEM text with the certificate and those of its issuers
     * @param key PEM text with the private key
     * @return a server
     * @throws IllegalArgumentException if one of them cannot be used; says why
     */
    public static TlsServer server(InputStream chain, InputStream key) {
        return server(Pem.of("certificate", chain), Pem.of("key", key), null);
    }

    private static TlsServer server(Pem chain, Pem key, @Nullable String password) {
        return new TlsServer(new IdentitySource.Fixed(new Identity(chain.certificates(), key.privateKey(password))));
    }

    /**
     * A server by a context of the JDK. It decides about certificates and trust.
     *
     * @param context initialised
     * @return a server
     */
    public static TlsServer server(SSLContext context) {
        return new TlsServer(context);
    }

    /**
     * A server by a context of Netty. It decides about everything but time-outs and limits.
     *
     * @param context a server's; stays the caller's
     * @return a server
     * @throws IllegalArgumentException if it is a client's
     */
    public static TlsServer server(SslContext context) {
        return new TlsServer(context);
    }

    /**
     * A client that trusts whom the JDK trusts, and asks for the name that is dialled.
     *
     * @return a client
     */
    public static TlsClient client() {
        return new TlsClient();
    }

    /**
     * A client by a context of the JDK. It decides about certificates and trust; the server's name is checked all the
     * same.
     *
     * @param context initialised
     * @return a client
     */
    public static TlsClient client(SSLContext context) {
        return new TlsClient(context);
    }

    /**
     * A client by a context of Netty. It decides about certificates, trust, versions and ALPN; the server's name is
     * checked all the same.
     *
     * @param context a client's; stays the caller's
     * @return a client
     * @throws IllegalArgumentException if it is a server's
     */
    public static TlsClient client(SslContext context) {
        return new TlsClient(context);
    }

    /**
     * The pin of a certificate's key, for {@link TlsClient#pin}. To print it where the server is:
     *
     * <pre>{@code System.out.println(Tls.fingerprint(Path.of("fullchain.pem")));}</pre>
     *
     * @param pem a file; its first certificate counts
     * @return the SHA-256 of its public key (SubjectPublicKeyInfo), as 64 hex digits
     * @throws IllegalArgumentException if there is no certificate in it
     */
    public static String fingerprint(Path pem) {
        return fingerprint(Pem.of("certificate", pem).certificates().get(0));
    }

    /**
     * The pin of a certificate's key, for {@link TlsClient#pin}.
     *
     * @param certificate the server's own
     * @return the SHA-256 of its public key (SubjectPublicKeyInfo), as 64 hex digits
     */
    public static String fingerprint(X509Certificate certificate) {
        return Pin.ofKey(certificate).toString();
    }

    /**
     * What was agreed on: version, cipher, the peer's certificates. Call it on the channel's event loop.
     *
     * @param channel a channel that a server has handed over, or that a client has connected
     * @return the session; null if there is no TLS on it
     */
    public static @Nullable SSLSession session(Channel channel) {
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        return tls == null ? null : tls.engine().getSession();
    }
}
