package dev.reversetunnel.tls;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Builds what Netty's TLS needs. Takes tens of milliseconds: not on an event loop. */
final class Contexts {
    private Contexts() {}

    /**
     * What both sides have.
     *
     * @param versions empty for both
     * @param alpn empty for none
     */
    record Common(List<TlsVersion> versions, List<String> alpn, TlsEngine engine) {
        static final Common DEFAULT = new Common(List.of(), List.of(), TlsEngine.AUTO);

        Common versions(List<TlsVersion> other) {
            return new Common(other, alpn, engine);
        }

        Common alpn(List<String> other) {
            return new Common(versions, other, engine);
        }

        Common engine(TlsEngine other) {
            return new Common(versions, alpn, other);
        }

        private String[] words() {
            List<TlsVersion> all = versions.isEmpty() ? List.of(TlsVersion.values()) : versions;
            return all.stream().map(TlsVersion::word).toArray(String[]::new);
        }

        private SslContextBuilder apply(SslContextBuilder builder) {
            return builder.sslProvider(provider()).protocols(words()).applicationProtocolConfig(protocols());
        }

        private SslProvider provider() {
            boolean isNative = engine == TlsEngine.NATIVE || (engine == TlsEngine.AUTO && OpenSsl.isAvailable());
            return isNative ? SslProvider.OPENSSL : SslProvider.JDK;
        }

        /** What is offered first is preferred; an end that knows none of them is served all the same. */
        private @Nullable ApplicationProtocolConfig protocols() {
            return alpn.isEmpty()
                    ? null
                    : new ApplicationProtocolConfig(
                            ApplicationProtocolConfig.Protocol.ALPN,
                            ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                            ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                            alpn);
        }
    }

    /** Of a server; clients must show a certificate of one of the issuers, if any are named. */
    static SslContext server(Identity identity, @Nullable List<X509Certificate> clientIssuers, Common common)
            throws SSLException, GeneralSecurityException {
        SslContextBuilder builder = common.apply(SslContextBuilder.forServer(identity.key(), identity.certificates()));
        if (clientIssuers != null) {
            TrustManager trust = Trust.manager(clientIssuers);
            builder.clientAuth(ClientAuth.REQUIRE).trustManager(trust);
        }
        return builder.build();
    }

    /** Of a client. */
    static SslContext client(
            @Nullable Identity identity, @Nullable List<X509Certificate> issuers, List<Pin> pins, Common common)
            throws SSLException, GeneralSecurityException {
        X509ExtendedTrustManager trust = pins.isEmpty() || issuers != null ? Trust.manager(issuers) : null;
        TrustManager manager = trust == null || !pins.isEmpty() ? new PinnedTrust(pins, trust) : trust;
        SslContextBuilder builder = common.apply(SslContextBuilder.forClient().trustManager(manager));
        if (identity != null) {
            builder.keyManager(identity.key(), identity.certificates());
        }
        return builder.build();
    }

    /** Around one of the JDK, whose versions hold unless others are named. */
    static SslContext given(SSLContext context, boolean isClient, Common common) {
        return new JdkSslContext(
                context,
                isClient,
                null,
                IdentityCipherSuiteFilter.INSTANCE,
                common.protocols(),
                ClientAuth.NONE,
                common.versions().isEmpty() ? null : common.words(),
                false);
    }
}
