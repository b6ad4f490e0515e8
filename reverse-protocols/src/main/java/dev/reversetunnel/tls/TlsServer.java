package dev.reversetunnel.tls;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.LayerAgreement;
import dev.reversetunnel.layer.LayerDoor;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * TLS on the side that listens. Immutable, but for the certificate, which may be renewed: each method gives a new
 * server.
 *
 * <p>A protocol sees connections whose hands are shaken, and nothing of the others: those are limited here, and closed
 * after {@link #handshakeTimeout}.
 */
public final class TlsServer extends TlsTransport<TlsServer> {
    private static final Logger log = LoggerFactory.getLogger(TlsServer.class);
    private static final Duration RELOAD = Duration.ofMinutes(1);

    private final @Nullable IdentitySource source;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable List<X509Certificate> clientIssuers;
    private int maxHandshakes = LayerDoor.MAX_IN_ALL;
    private int maxHandshakesPerSource = LayerDoor.MAX_PER_SOURCE;
    private Duration reloadEvery = RELOAD;

    private @Nullable ServerContext context;

    TlsServer(IdentitySource source) {
        super(null, null);
        this.source = source;
        source.load(); // a mistake shows at the desk
    }

    TlsServer(SslContext given) {
        super(given, null);
        source = null;
        if (!given.isServer()) {
            throw new IllegalArgumentException("context: a client's (expected: a server's)");
        }
    }

    TlsServer(SSLContext given) {
        super(null, Objects.requireNonNull(given, "context"));
        source = null;
    }

    private TlsServer(TlsServer other) {
        super(other);
        source = other.source;
        clientIssuers = other.clientIssuers;
        maxHandshakes = other.maxHandshakes;
        maxHandshakesPerSource = other.maxHandshakesPerSource;
        reloadEvery = other.reloadEvery;
    }

    @Override
    TlsServer copy() {
        return new TlsServer(this);
    }

    /**
     * Lets in only who has a certificate by one of these issuers. The file is read at once. Default: nobody is asked.
     *
     * @param issuers a PEM file with one or more certificates
     * @return a new server
     * @throws IllegalArgumentException if there are none in it
     */
    public TlsServer requireClientCertificate(Path issuers) {
        return requireClientCertificate(Pem.of("issuers", issuers));
    }

    /**
     * Lets in only who has a certificate by one of these issuers. Default: nobody is asked.
     *
     * @param issuers PEM text with one or more certificates
     * @return a new server
     * @throws IllegalArgumentException if there are none in it
     */
    public TlsServer requireClientCertificate(String issuers) {
        return requireClientCertificate(Pem.of("issuers", issuers));
    }

    private TlsServer requireClientCertificate(Pem issuers) {
        notGiven("requireClientCertificate");
        TlsServer copy = new TlsServer(this);
        copy.clientIssuers = issuers.certificates();
        return copy;
    }

    /**
     * How many handshakes there may be at a time; for one more, the oldest is closed. Default: 1,024 in all, and 64
     * from one IPv4 address or one /64 of IPv6. Whose hands are shaken is counted by the protocol above.
     *
     * @param inAll 1 or more
     * @param fromOneSource 1 or more
     * @return a new server
     * @throws IllegalArgumentException if one of them is less than 1
     */
    public TlsServer maxHandshakes(int inAll, int fromOneSource) {
        if (inAll < 1 || fromOneSource < 1) {
            throw new IllegalArgumentException(
                    "maxHandshakes: " + inAll + ", " + fromOneSource + " (expected: 1 or more each)");
        }
        TlsServer copy = new TlsServer(this);
        copy.maxHandshakes = inAll;
        copy.maxHandshakesPerSource = fromOneSource;
        return copy;
    }

    /**
     * How often files are looked at, by their dates and sizes, while the server listens. When they have changed, new
     * connections get the new certificate; those that are there stay as they are. What cannot be used is told in the
     * log, and the old certificate stays. Default: 1 minute.
     *
     * @param time more than nothing
     * @return a new server
     * @throws IllegalArgumentException if it is zero or negative
     */
    public TlsServer reloadEvery(Duration time) {
        TlsServer copy = new TlsServer(this);
        copy.reloadEvery = positive("reloadEvery", time);
        return copy;
    }

    /**
     * Reads certificate and key again, now. New connections of listeners that were started with this very object get
     * them; those that are there stay as they are. Reads files: not on an event loop.
     *
     * @throws TunnelException if they cannot be used; the old ones stay
     * @throws IllegalStateException if they did not come from files
     */
    public void reload() throws TunnelException {
        if (!(source instanceof IdentitySource.InFiles)) {
            throw new IllegalStateException("reload: nothing to read again (expected: certificate and key in files)");
        }
        context(source).reload();
    }

    private synchronized ServerContext context(IdentitySource from) {
        ServerContext known = context;
        if (known == null) {
            known = new ServerContext(from, clientIssuers, common());
            context = known;
        }
        return known;
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext node) {
        EventLoop loop = node.loops().next();
        Promise<Channel> result = loop.newPromise();
        HandshakeThreads.execute(() -> {
            Supplier<SslContext> contexts;
            try {
                contexts = contexts();
            } catch (TunnelException e) {
                result.setFailure(new TunnelException(
                        "cannot listen on port " + local.getPort() + " of " + local.getHostString() + ": "
                                + e.getMessage(),
                        e));
                return;
            }
            LayerDoor door = new LayerDoor(node, new Strangers(maxHandshakes, maxHandshakesPerSource), log);
            below().listen(local, new Pipeline(contexts, handler, door), node).addListener((Future<Channel> bound) -> {
                if (bound.isSuccess()) {
                    watch(bound.getNow());
                    result.setSuccess(bound.getNow());
                } else {
                    result.setFailure(bound.cause());
                }
            });
        });
        return result;
    }

    private Supplier<SslContext> contexts() throws TunnelException {
        SslContext given = givenContext(false);
        if (given != null) {
            return () -> given;
        }
        ServerContext own = context(Objects.requireNonNull(source));
        own.load();
        return own::get;
    }

    private void watch(Channel listener) {
        if (source instanceof IdentitySource.InFiles files) {
            ServerContext own = context(files);
            var looking = listener.eventLoop()
                    .scheduleWithFixedDelay(
                            () -> HandshakeThreads.execute(own::look),
                            reloadEvery.toNanos(),
                            reloadEvery.toNanos(),
                            TimeUnit.NANOSECONDS);
            listener.closeFuture().addListener(closed -> looking.cancel(false));
        }
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        return dialer.loop()
                .newFailedFuture(new TunnelException("cannot reach " + remote
                        + ": Tls.server(...) listens only; give the dialling side Tls.client()"));
    }

    /** Reads the files again, if the certificate comes from files. */
    @Override
    public Optional<Agreement> agreement() {
        List<X509Certificate> chain = source == null ? List.of() : source.load().chain();
        return Optional.of(new LayerAgreement.TlsServer(chain, clientIssuers != null, common().alpn(), below()));
    }

    /** Where its certificate comes from, never its key. */
    @Override
    public String toString() {
        return "Tls.server(" + (source instanceof IdentitySource.InFiles files ? files + ", " : "") + "over " + below()
                + ")";
    }

    /** Puts the handlers of one connection in place. */
    @ChannelHandler.Sharable
    private final class Pipeline extends ChannelInitializer<Channel> {
        private final Supplier<SslContext> contexts;
        private final ChannelHandler protocol;
        private final LayerDoor door;

        private Pipeline(Supplier<SslContext> contexts, ChannelHandler protocol, LayerDoor door) {
            this.contexts = contexts;
            this.protocol = protocol;
            this.door = door;
        }

        @Override
        protected void initChannel(Channel channel) {
            SslContext current = contexts.get();
            TlsGate.install(
                    channel,
                    threads -> current.newHandler(channel.alloc(), threads),
                    protocol,
                    () -> handshakeTimeout(),
                    door);
        }
    }
}
