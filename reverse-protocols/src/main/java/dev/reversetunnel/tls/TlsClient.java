package dev.reversetunnel.tls;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.IDN;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.jspecify.annotations.Nullable;

/**
 * TLS on the side that dials. Immutable: each method gives a new client.
 *
 * <p>The server has to show a certificate for the name that is dialled, by an issuer that the JDK trusts, unless
 * {@link #trust} or {@link #pin} say otherwise; there is no way to do without. A dial is done when hands are shaken.
 */
public final class TlsClient extends TlsTransport<TlsClient> {
    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String serverName;
    private @Nullable List<X509Certificate> issuers;
    private List<Pin> pins = List.of();
    private @Nullable Identity identity;

    /** Built with the first dial, on a thread of its own. */
    private @Nullable CompletableFuture<SslContext> context;

    TlsClient() {
        super(null, null);
    }

    TlsClient(SslContext given) {
        super(given, null);
        if (!given.isClient()) {
            throw new IllegalArgumentException("context: a server's (expected: a client's)");
        }
    }

    TlsClient(SSLContext given) {
        super(null, Objects.requireNonNull(given, "context"));
    }

    private TlsClient(TlsClient other) {
        super(other);
        serverName = other.serverName;
        issuers = other.issuers;
        pins = other.pins;
        identity = other.identity;
    }

    @Override
    TlsClient copy() {
        return new TlsClient(this);
    }

    /**
     * The name that is asked for (SNI) and that the server's certificate must have. Default: the host that is dialled;
     * if that is an IP address, none is asked for, and the certificate must have the address.
     *
     * @param name a domain name
     * @return a new client
     * @throws IllegalArgumentException if it is none
     */
    public TlsClient serverName(String name) {
        if (name.isBlank() || NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name)) {
            throw new IllegalArgumentException("serverName: \"" + name + "\" (expected: a domain name)");
        }
        TlsClient copy = new TlsClient(this);
        copy.serverName = new SNIHostName(IDN.toASCII(name)).getAsciiName();
        return copy;
    }

    /**
     * Trusts these issuers instead of those that come with the JDK. The file is read at once.
     *
     * @param pem a file with one or more certificates: of issuers, or the server's own
     * @return a new client
     * @throws IllegalArgumentException if there are none in it
     */
    public TlsClient trust(Path pem) {
        return trust(Pem.of("trust", pem));
    }

    /**
     * Trusts these issuers instead of those that come with the JDK.
     *
     * @param pem text with one or more certificates: of issuers, or the server's own
     * @return a new client
     * @throws IllegalArgumentException if there are none in it
     */
    public TlsClient trust(String pem) {
        return trust(Pem.of("trust", pem));
    }

    private TlsClient trust(Pem pem) {
        notGiven("trust");
        TlsClient copy = new TlsClient(this);
        copy.issuers = pem.certificates();
        return copy;
    }

    /**
     * Knows the server by the SHA-256 of its public key, whoever issued its certificate, whatever name it has, and
     * however old it is. {@link #trust} and a pin: both must hold, and the name as well.
     *
     * <p>The key's pin stays the same when the certificate is renewed with the same key. That of the whole certificate
     * is taken, too: it is what {@code openssl x509 -fingerprint -sha256} prints.
     *
     * @param sha256 as {@link Tls#fingerprint} prints it: 64 hex digits, with or without colons; or Base64. With
     *     several, one of them must match: name the next key before it is used
     * @return a new client; pins that were named before hold, too
     * @throws IllegalArgumentException if one of them is no SHA-256
     */
    public TlsClient pin(String... sha256) {
        notGiven("pin");
        List<Pin> all = new ArrayList<>(pins);
        for (String text : sha256) {
            all.add(Pin.parse(text));
        }
        TlsClient copy = new TlsClient(this);
        copy.pins = List.copyOf(all);
        return copy;
    }

    /**
     * Shows a certificate to servers that ask for one. The files are read at once.
     *
     * <p>In TLS 1.3 a server that does not accept it says so after the handshake: the dial succeeds, and the channel
     * fails.
     *
     * @param chain a file with the certificate and those of its issuers
     * @param key a file with its private key
     * @return a new client
     * @throws IllegalArgumentException if one of them cannot be used
     */
    public TlsClient certificate(Path chain, Path key) {
        return certificate(Pem.of("certificate", chain), Pem.of("key", key), null);
    }

    /**
     * Shows a certificate to servers that ask for one, with an encrypted key. The files are read at once.
     *
     * @param chain a file with the certificate and those of its issuers
     * @param key a file with its private key
     * @param password of the key
     * @return a new client
     * @throws IllegalArgumentException if one of them cannot be used
     */
    public TlsClient certificate(Path chain, Path key, String password) {
        return certificate(Pem.of("certificate", chain), Pem.of("key", key), password);
    }

    /**
     * Shows a certificate to servers that ask for one.
     *
     * @param chain PEM text with the certificate and those of its issuers
     * @param key PEM text with its private key
     * @return a new client
     * @throws IllegalArgumentException if one of them cannot be used
     */
    public TlsClient certificate(String chain, String key) {
        return certificate(Pem.of("certificate", chain), Pem.of("key", key), null);
    }

    private TlsClient certificate(Pem chain, Pem key, @Nullable String password) {
        notGiven("certificate");
        TlsClient copy = new TlsClient(this);
        copy.identity = new Identity(chain.certificates(), key.privateKey(password));
        return copy;
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        String name = serverName == null ? remote.host() : serverName;
        LayerDial dial = new LayerDial(remote, dialer, cause -> HandshakeFault.explain(remote, name, cause));
        CompletableFuture<SslContext> ready = context();
        if (ready.isDone() && !ready.isCompletedExceptionally()) {
            return dial.start(below(), new Pipeline(ready.join(), remote, name, handler, dial));
        }
        Promise<Channel> result = dialer.loop().newPromise();
        ready.whenCompleteAsync(
                (built, failure) -> {
                    if (failure != null) {
                        result.setFailure(new TunnelException(
                                "cannot reach " + remote + ": TLS cannot be set up: " + failure.getMessage(), failure));
                    } else {
                        dial.start(below(), new Pipeline(built, remote, name, handler, dial))
                                .addListener((Future<Channel> dialled) -> {
                                    if (dialled.isSuccess()) {
                                        result.setSuccess(dialled.getNow());
                                    } else {
                                        result.setFailure(dialled.cause());
                                    }
                                });
                    }
                },
                dialer.loop());
        return result;
    }

    private synchronized CompletableFuture<SslContext> context() {
        CompletableFuture<SslContext> ready = context;
        if (ready == null) {
            ready = new CompletableFuture<>();
            context = ready;
            CompletableFuture<SslContext> building = ready;
            HandshakeThreads.execute(() -> build(building));
        }
        return ready;
    }

    private void build(CompletableFuture<SslContext> building) {
        try {
            SslContext given = givenContext(true);
            building.complete(given == null ? Contexts.client(identity, issuers, pins, common()) : given);
        } catch (Exception e) {
            building.completeExceptionally(e);
        }
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        return context.loops()
                .next()
                .newFailedFuture(new TunnelException("cannot listen on port " + local.getPort()
                        + ": Tls.client() dials only; give the listener Tls.server(certificate, key)"));
    }

    @Override
    public Optional<Agreement> agreement() {
        boolean isPlain = issuers == null && pins.isEmpty() && identity == null && !isGiven();
        return Optional.of(new LayerAgreement.TlsClient(serverName, isPlain, common().alpn(), below()));
    }

    /** What it trusts, never a key. */
    @Override
    public String toString() {
        return "Tls.client(" + (serverName == null ? "" : serverName + ", ")
                + (pins.isEmpty() ? "" : pins.size() + " pins, ") + "over " + below() + ")";
    }

    /** None for an address, and for what is no name by the rules of SNI, though name servers may know it. */
    private static List<SNIServerName> asked(String name) {
        if (NetUtil.isValidIpV4Address(name) || NetUtil.isValidIpV6Address(name)) {
            return List.of();
        }
        try {
            return List.of(new SNIHostName(name.endsWith(".") ? name.substring(0, name.length() - 1) : name));
        } catch (IllegalArgumentException e) {
            return List.of();
        }
    }

    /** Puts the handlers of one connection in place. */
    private final class Pipeline extends ChannelInitializer<Channel> {
        private final SslContext built;
        private final Destination remote;
        private final String name;
        private final ChannelHandler protocol;
        private final LayerDial dial;

        private Pipeline(SslContext built, Destination remote, String name, ChannelHandler protocol, LayerDial dial) {
            this.built = built;
            this.remote = remote;
            this.name = name;
            this.protocol = protocol;
            this.dial = dial;
        }

        @Override
        protected void initChannel(Channel channel) {
            TlsGate.install(
                    channel, threads -> tls(channel, threads), protocol, () -> dial.patience(handshakeTimeout()), dial);
        }

        private SslHandler tls(Channel channel, Executor threads) {
            // A session is taken up again with the same name and port only, so both are part of it.
            SslHandler tls = built.newHandler(channel.alloc(), name, remote.port(), threads);
            SSLEngine engine = tls.engine();
            SSLParameters parameters = engine.getSSLParameters();
            parameters.setServerNames(asked(name));
            // Netty 4.1 looks at no name by default, 4.2 at all of them. A pin alone stands for the name as well.
            boolean byName = pins.isEmpty() || issuers != null;
            parameters.setEndpointIdentificationAlgorithm(byName ? "HTTPS" : "");
            engine.setSSLParameters(parameters);
            return tls;
        }
    }
}
