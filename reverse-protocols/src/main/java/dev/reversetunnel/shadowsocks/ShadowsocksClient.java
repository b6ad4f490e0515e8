package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Request;
import dev.reversetunnel.TcpTransport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.UdpSockets;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.body.BodyDecoder;
import dev.reversetunnel.body.BodyEncoder;
import dev.reversetunnel.body.ChunkReader;
import dev.reversetunnel.carrier.CarrierClient;
import dev.reversetunnel.crypto.CipherWarmUp;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.door.HeaderBeforePayload;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.security.Provider;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A way to destinations through a Shadowsocks server: that of a portal, or any other; streams and datagrams. Immutable:
 * each method gives a new client.
 *
 * <p>A channel is handed out as soon as the connection is there. The server answers with its first bytes and not
 * before, so that a wrong password shows itself as a connection that closes without a word.
 */
public final class ShadowsocksClient extends CarrierClient<ShadowsocksClient> {
    private static final Logger logger = LoggerFactory.getLogger(ShadowsocksClient.class);

    /** Of our choice: salts of 2017 that are remembered, twice as many at most. */
    private static final int SALTS = 50_000;

    private final SaltMemory salts = new SaltMemory(SALTS);
    private final AtomicBoolean warned;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable ShadowsocksMethod method;
    private @Nullable String password;
    private @Nullable Boolean udp;
    private @Nullable Provider provider;

    ShadowsocksClient(String host, int port) {
        super(host, port);
        warned = new AtomicBoolean();
    }

    private ShadowsocksClient(ShadowsocksClient other) {
        super(other);
        warned = other.warned;
        method = other.method;
        password = other.password;
        udp = other.udp;
        provider = other.provider;
    }

    @Override
    protected ShadowsocksClient copy() {
        return new ShadowsocksClient(this);
    }

    /**
     * Edition and cipher, those of the server. Default: {@link ShadowsocksMethod#BLAKE3_AES_128_GCM_2022}.
     *
     * @param kind the same as at the server
     * @return a new client
     * @throws IllegalArgumentException if a password that was set before is none for it
     */
    public ShadowsocksClient method(ShadowsocksMethod kind) {
        ShadowsocksClient copy = copy();
        copy.method = Objects.requireNonNull(kind, "method");
        copy.checkKey();
        return copy;
    }

    /**
     * The secret that the server knows. Call {@link #method} before, so that a wrong key shows at once and not at the
     * start.
     *
     * @param secret by the edition of 2017 any text; by that of 2022 a key in base64, of exactly as many bytes as the
     *     method wants, and if the server has several users its own key before it, joined by a colon
     * @return a new client
     * @throws IllegalArgumentException if it is none
     * @throws IllegalStateException if it was called before
     */
    public ShadowsocksClient password(String secret) {
        if (password != null) {
            throw new IllegalStateException("password: already set");
        }
        ShadowsocksClient copy = copy();
        copy.password = Objects.requireNonNull(secret, "password");
        copy.checkKey();
        return copy;
    }

    /**
     * Whether datagrams are sent as well, to the UDP port of the same number. Default: yes, if the transport is TCP
     * itself. They are protected by Shadowsocks alone, whatever the transport of streams adds.
     *
     * @param on whether
     * @return a new client
     */
    public ShadowsocksClient udp(boolean on) {
        ShadowsocksClient copy = copy();
        copy.udp = on;
        return copy;
    }

    /**
     * Takes the ciphers from somewhere else, as far as it has them. Default: the JDK.
     *
     * @param ciphers such as Amazon's Corretto provider; need not be installed
     * @return a new client
     */
    public ShadowsocksClient provider(Provider ciphers) {
        ShadowsocksClient copy = copy();
        copy.provider = Objects.requireNonNull(ciphers, "provider");
        return copy;
    }

    private void checkKey() {
        if (method != null && password != null) {
            ClientKey.of(method, password);
        }
    }

    private ShadowsocksMethod methodOrDefault() {
        return method == null ? ShadowsocksMethod.BLAKE3_AES_128_GCM_2022 : method;
    }

    @Override
    public Optional<String> fault() {
        if (password == null) {
            return Optional.of(this + " comes as nobody (call password(...))");
        }
        try {
            ClientKey.of(methodOrDefault(), password);
            return Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.of(this + ": " + e.getMessage());
        }
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.ofNullable(password)
                .map(secret -> new ClientAgreement(
                        server(),
                        new Credentials.Shadowsocks(methodOrDefault().toString(), secret, hasUdp()),
                        transport(),
                        false));
    }

    /** All targets of a visitor share one socket, and each datagram names its own. */
    @Override
    public boolean sharesDatagrams(Request request) {
        return true;
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        String secret = password;
        Optional<String> fault = fault();
        if (secret == null || fault.isPresent()) {
            return dialer.loop().newFailedFuture(new TunnelException(fault.orElse("")));
        }
        CipherWarmUp.start(methodOrDefault().algorithm(), provider);
        warnOfWeakPassword(secret);
        ClientKey key = ClientKey.of(methodOrDefault(), secret);
        LongSupplier seconds = () -> Math.floorDiv(dialer.clock().millis(), 1_000L);
        if (request.destination().network() == Network.TCP) {
            return transport().dial(server(), new Streams(key, request.destination(), seconds), dialer);
        }
        return hasUdp()
                ? UdpSockets.connect(server().on(Network.UDP), dialer, new Datagrams(key, seconds))
                : dialer.loop()
                        .newFailedFuture(new TunnelException(
                                this + " sends no datagrams: its transport has none (or call udp(true))"));
    }

    private boolean hasUdp() {
        return udp == null ? transport() instanceof TcpTransport : udp;
    }

    private void warnOfWeakPassword(String secret) {
        if (!methodOrDefault().is2022() && !PasswordStrength.isEnough(secret) && warned.compareAndSet(false, true)) {
            logger.warn(
                    "{}: the password can be guessed by whoever records a connection; take one of"
                            + " ShadowsocksMethod.newPassword(), or a method of 2022",
                    this);
        }
    }

    /** Where to and how; never the password. */
    @Override
    public String toString() {
        return "Shadowsocks.client(" + where() + ", " + methodOrDefault() + ")";
    }

    /** Puts the handlers of one connection in place, with a salt of its own. */
    private final class Streams extends ChannelInitializer<Channel> {
        private final ClientKey key;
        private final Destination destination;
        private final LongSupplier seconds;

        private Streams(ClientKey key, Destination destination, LongSupplier seconds) {
            this.key = key;
            this.destination = destination;
            this.seconds = seconds;
        }

        @Override
        protected void initChannel(Channel channel) {
            ShadowsocksMethod kind = methodOrDefault();
            byte[] salt = Randomness.secure().bytes(kind.saltBytes());
            if (!kind.is2022()) {
                salts.enter(salt); // so that what we send is no answer, when it comes back
            }
            RequestSealer sealer =
                    new RequestSealer(kind, key, salt, destination, seconds, Randomness.secure(), provider);
            ResponseOpener opener = new ResponseOpener(kind, key.own(), salt, seconds, salts, provider);
            channel.pipeline()
                    .addLast(
                            new BodyDecoder(new ChunkReader(opener, false), null, failure -> {}),
                            new HeaderBeforePayload(sealer::opening, PAYLOAD_PATIENCE),
                            new BodyEncoder(sealer));
        }
    }

    /** Puts the handler of one UDP socket in place, with a session of its own. */
    private final class Datagrams extends ChannelInitializer<Channel> {
        private final ClientKey key;
        private final LongSupplier seconds;

        private Datagrams(ClientKey key, LongSupplier seconds) {
            this.key = key;
            this.seconds = seconds;
        }

        @Override
        protected void initChannel(Channel channel) {
            ShadowsocksMethod kind = methodOrDefault();
            channel.pipeline()
                    .addLast(
                            kind.is2022()
                                    ? new UdpClient2022(
                                            kind, key, seconds, System::nanoTime, Randomness.secure(), provider)
                                    : new UdpClient2017(kind, key.own(), Randomness.secure(), provider));
        }
    }
}
