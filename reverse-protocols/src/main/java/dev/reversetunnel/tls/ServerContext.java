package dev.reversetunnel.tls;

import dev.reversetunnel.TunnelException;
import io.netty.handler.ssl.SslContext;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What new connections of a server are given; changes when the certificate does. Thread-safe: built and looked after on
 * threads of its own, read by event loops.
 */
final class ServerContext {
    private static final Logger log = LoggerFactory.getLogger(TlsServer.class);

    private final IdentitySource source;
    private final @Nullable List<X509Certificate> clientIssuers;
    private final Contexts.Common common;

    private volatile @Nullable Current current;

    /** What is in use, and by what stamp its source was known. */
    private record Current(SslContext context, Identity identity, Object stamp) {}

    ServerContext(IdentitySource source, @Nullable List<X509Certificate> clientIssuers, Contexts.Common common) {
        this.source = source;
        this.clientIssuers = clientIssuers;
        this.common = common;
    }

    /** The one for a new connection; {@link #load} was called before. */
    SslContext get() {
        Current now = current;
        if (now == null) {
            throw new IllegalStateException("not loaded yet");
        }
        return now.context;
    }

    /** Builds the first one, unless it is there. */
    synchronized void load() throws TunnelException {
        if (current == null) {
            reload();
        }
    }

    /** Builds a new one. If it cannot be built, the old one stays. */
    synchronized void reload() throws TunnelException {
        Object stamp = source.stamp(); // before: what is written while we read is read again
        try {
            Identity identity = source.load();
            current = new Current(Contexts.server(identity, clientIssuers, common), identity, stamp);
        } catch (IllegalArgumentException | SSLException | GeneralSecurityException e) {
            Current old = current;
            if (old != null) {
                current = new Current(old.context, old.identity, stamp); // not tried again before it changes
            }
            throw new TunnelException("TLS: " + e.getMessage(), e);
        }
    }

    /** Builds a new one if its files have changed. */
    synchronized void look() {
        Current now = current;
        if (now == null || now.stamp.equals(source.stamp())) {
            return;
        }
        try {
            reload();
            Current fresh = current;
            log.info(
                    "{}: new certificate, valid until {}",
                    source,
                    fresh == null
                            ? ""
                            : fresh.identity.certificate().getNotAfter().toInstant());
        } catch (TunnelException e) {
            log.warn("{}: the old certificate stays in use: {}", source, e.getMessage());
        }
    }
}
