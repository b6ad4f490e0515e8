package dev.reversetunnel.vmess;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.carrier.CarrierClient;
import dev.reversetunnel.crypto.CipherWarmUp;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.door.HeaderBeforePayload;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import java.security.Provider;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A way to destinations through a VMess server: that of a portal, or any other. Immutable: each method gives a new
 * client.
 *
 * <p>A channel is handed out as soon as the connection is there. The server answers with its first bytes and not
 * before, so that a wrong id shows itself as a connection that closes without a word.
 */
public final class VmessClient extends CarrierClient<VmessClient> {
    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable UserKey user;
    private VmessSecurity security = VmessSecurity.AUTO;
    private boolean globalPadding = true;
    private boolean authenticatedLength;
    private @Nullable Provider provider;
    private boolean insecure;

    VmessClient(String host, int port) {
        super(host, port);
    }

    private VmessClient(VmessClient other) {
        super(other);
        user = other.user;
        security = other.security;
        globalPadding = other.globalPadding;
        authenticatedLength = other.authenticatedLength;
        provider = other.provider;
        insecure = other.insecure;
    }

    @Override
    protected VmessClient copy() {
        return new VmessClient(this);
    }

    /**
     * As whom to come.
     *
     * @param id the secret that the server knows
     * @return a new client
     * @throws IllegalStateException if it was called before
     */
    public VmessClient user(UUID id) {
        return user(UserKey.of(id));
    }

    /**
     * As whom to come.
     *
     * @param id the secret that the server knows: a UUID, with or without dashes; or another text of 1 to 30 bytes, if
     *     the server is Xray, sing-box or this library
     * @return a new client
     * @throws IllegalArgumentException if it is neither
     * @throws IllegalStateException if it was called before
     */
    public VmessClient user(String id) {
        return user(UserKey.of(id));
    }

    private VmessClient user(UserKey key) {
        if (user != null) {
            throw new IllegalStateException("user: already set");
        }
        VmessClient copy = new VmessClient(this);
        copy.user = key;
        return copy;
    }

    /**
     * How the bytes are protected. Default: {@link VmessSecurity#AUTO}.
     *
     * @param kind {@link VmessSecurity#NONE} and {@link VmessSecurity#ZERO} need {@link #insecure()}, unless the server
     *     is on this machine
     * @return a new client
     */
    public VmessClient security(VmessSecurity kind) {
        VmessClient copy = new VmessClient(this);
        copy.security = Objects.requireNonNull(kind, "security");
        return copy;
    }

    /**
     * Whether chunks are followed by up to 63 random bytes, which makes their sizes tell less. Default: yes, as V2Ray
     * and Xray do. Without encryption never.
     *
     * @param on whether
     * @return a new client
     */
    public VmessClient globalPadding(boolean on) {
        VmessClient copy = new VmessClient(this);
        copy.globalPadding = on;
        return copy;
    }

    /**
     * Whether the lengths of chunks are sealed. Default: no, because V2Ray 4 does not know it. Without encryption
     * never.
     *
     * @param on whether
     * @return a new client
     */
    public VmessClient authenticatedLength(boolean on) {
        VmessClient copy = new VmessClient(this);
        copy.authenticatedLength = on;
        return copy;
    }

    /**
     * Takes the ciphers from somewhere else, as far as it has them. Default: the JDK.
     *
     * @param ciphers such as Amazon's Corretto provider; need not be installed
     * @return a new client
     */
    public VmessClient provider(Provider ciphers) {
        VmessClient copy = new VmessClient(this);
        copy.provider = Objects.requireNonNull(ciphers, "provider");
        return copy;
    }

    /**
     * Lets the bytes travel to another machine without encryption: right if the network is a wire. Default: only by an
     * encrypted transport.
     *
     * @return a new client
     */
    public VmessClient insecure() {
        VmessClient copy = new VmessClient(this);
        copy.insecure = true;
        return copy;
    }

    @Override
    public Optional<String> fault() {
        if (user == null) {
            return Optional.of(this + " comes as nobody (call user(...))");
        }
        if (!security.resolved().isEncrypted() && !insecure && isExposed()) {
            return Optional.of(this + ": security " + security
                    + " would send everything in clear (choose AUTO, or a TLS transport; or call insecure())");
        }
        return Optional.empty();
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.ofNullable(user)
                .map(key -> new ClientAgreement(
                        server(),
                        new Credentials.Vmess(key.id(), security.word(), authenticatedLength),
                        transport(),
                        false));
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        UserKey key = user;
        Optional<String> fault = fault();
        if (key == null || fault.isPresent()) {
            return dialer.loop().newFailedFuture(new TunnelException(fault.orElse("")));
        }
        CipherWarmUp.start(security.algorithm(), provider);
        return transport().dial(server(), new Pipeline(key, request.destination(), dialer), dialer);
    }

    private int options(Destination destination) {
        return switch (security.resolved()) {
            // Only datagrams need chunks; sing-box does the same.
            case ZERO ->
                VmessRequest.Command.of(destination) == VmessRequest.Command.UDP ? VmessRequest.CHUNK_STREAM : 0;
            case NONE -> VmessRequest.CHUNK_STREAM | VmessRequest.CHUNK_MASKING;
            default ->
                VmessRequest.CHUNK_STREAM
                        | VmessRequest.CHUNK_MASKING
                        | (globalPadding ? VmessRequest.GLOBAL_PADDING : 0)
                        | (authenticatedLength ? VmessRequest.AUTHENTICATED_LENGTH : 0);
        };
    }

    /** Where to and how; never as whom. */
    @Override
    public String toString() {
        return "Vmess.client(" + where() + ", " + security + ")";
    }

    /** Puts the handlers of one connection in place, with keys of its own. */
    private final class Pipeline extends ChannelInitializer<Channel> {
        private final UserKey key;
        private final Destination destination;
        private final Dialer dialer;

        private Pipeline(UserKey key, Destination destination, Dialer dialer) {
            this.key = key;
            this.destination = destination;
            this.dialer = dialer;
        }

        @Override
        protected void initChannel(Channel channel) {
            Randomness randomness = Randomness.secure();
            VmessRequest request =
                    VmessRequest.random(destination, security.resolved(), options(destination), randomness);
            VmessChunkDecoder chunks =
                    VmessChunkDecoder.of(ChunkFormat.ofResponse(request, provider), request, failure -> {});
            channel.pipeline()
                    .addLast(
                            new VmessResponseDecoder(request, chunks),
                            chunks,
                            new HeaderBeforePayload(() -> header(request, randomness), PAYLOAD_PATIENCE),
                            VmessChunkEncoder.of(ChunkFormat.ofRequest(request, provider), request, randomness));
        }

        /** Made when it is sent: it holds the time, and dialling may have taken long. */
        private byte[] header(VmessRequest request, Randomness randomness) {
            long seconds = Math.floorDiv(dialer.clock().millis(), 1_000L);
            return RequestHeader.seal(key, request, seconds, randomness);
        }
    }
}
