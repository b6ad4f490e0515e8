package dev.reversetunnel.vless;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Command;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.HoldUntilRead;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.ClientAgreement;
import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.carrier.CarrierClient;
import dev.reversetunnel.crypto.UserId;
import dev.reversetunnel.door.HeaderBeforePayload;
import dev.reversetunnel.mux.MuxDialect;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A way to destinations through a VLESS server: that of a portal, or any other. Immutable: each method gives a new
 * client.
 *
 * <p>A channel is handed out as soon as the connection is there. The server answers with its first bytes and not
 * before, so that a wrong id shows itself as a connection that closes without a word.
 */
public final class VlessClient extends CarrierClient<VlessClient> {
    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable UserId user;
    private boolean reverse;
    private int maxDatagram = VlessDatagramEncoder.DEFAULT_LONGEST;
    private boolean insecure;

    VlessClient(String host, int port) {
        super(host, port);
    }

    private VlessClient(VlessClient other) {
        super(other);
        user = other.user;
        reverse = other.reverse;
        maxDatagram = other.maxDatagram;
        insecure = other.insecure;
    }

    @Override
    protected VlessClient copy() {
        return new VlessClient(this);
    }

    /**
     * As whom to come.
     *
     * @param id the secret that the server knows
     * @return a new client
     * @throws IllegalStateException if it was called before
     */
    public VlessClient user(UUID id) {
        return user(UserId.of(id));
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
    public VlessClient user(String id) {
        return user(UserId.of(id));
    }

    private VlessClient user(UserId id) {
        if (user != null) {
            throw new IllegalStateException("user: already set");
        }
        VlessClient copy = new VlessClient(this);
        copy.user = id;
        return copy;
    }

    /**
     * Registers tunnels by VLESS' reverse command, with portals of Xray 25.9.10 or newer and those of this library; a
     * bridge needs no rendezvous domain then, and is told its visitors' addresses. Such a client does nothing else.
     * Default: a bridge registers by its domain, as with V2Ray.
     *
     * @return a new client
     */
    public VlessClient reverse() {
        VlessClient copy = new VlessClient(this);
        copy.reverse = true;
        return copy;
    }

    /**
     * How long the datagrams may be that are sent; longer ones are dropped. Default: 2,048 bytes, for V2Ray makes two
     * datagrams of a longer one. Xray takes 8,192, this library any. Does not concern tunnels, see {@code MuxOptions}.
     *
     * @param bytes 1 to 65,535
     * @return a new client
     * @throws IllegalArgumentException if it is out of range
     */
    public VlessClient maxDatagram(int bytes) {
        VlessClient copy = new VlessClient(this);
        copy.maxDatagram = VlessDatagramEncoder.requireSize(bytes);
        return copy;
    }

    /**
     * Lets the bytes travel to another machine without encryption: right if the network is a wire. Default: only by an
     * encrypted transport.
     *
     * @return a new client
     */
    public VlessClient insecure() {
        VlessClient copy = new VlessClient(this);
        copy.insecure = true;
        return copy;
    }

    @Override
    public MuxDialect dialect() {
        return reverse ? MuxDialect.VLESS_REVERSE : MuxDialect.COOL;
    }

    @Override
    public Optional<String> fault() {
        if (user == null) {
            return Optional.of(this + " comes as nobody (call user(...))");
        }
        if (!insecure && isExposed()) {
            return Optional.of(this + ": would send everything in clear (choose a TLS transport; or call insecure())");
        }
        return Optional.empty();
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.ofNullable(user)
                .map(id -> new ClientAgreement(server(), new Credentials.Vless(id.uuid()), transport(), reverse));
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        UserId id = user;
        Optional<String> fault = fault();
        if (id == null || fault.isPresent()) {
            return dialer.loop().newFailedFuture(new TunnelException(fault.orElse("")));
        }
        if (reverse != (request.command() == Command.REVERSE)) {
            return dialer.loop()
                    .newFailedFuture(new TunnelException(this
                            + (reverse
                                    ? " registers tunnels and reaches nothing (add another client, without reverse())"
                                    : " registers no tunnels by command (call reverse())")));
        }
        return transport().dial(server(), new Pipeline(id, wanted(request), maxDatagram), dialer);
    }

    private static VlessRequest wanted(Request request) {
        Destination destination = request.destination();
        return switch (request.command()) {
            case REVERSE -> VlessRequest.reverse();
            case MUX -> VlessRequest.mux();
            case CONNECT ->
                destination.network() == Network.TCP && Command.of(destination) == Command.MUX
                        ? VlessRequest.mux()
                        : VlessRequest.connect(destination);
        };
    }

    /** Where to and how; never as whom. */
    @Override
    public String toString() {
        return "Vless.client(" + where() + (reverse ? ", reverse)" : ")");
    }

    /** Puts the handlers of one connection in place. */
    private static final class Pipeline extends ChannelInitializer<Channel> {
        private final UserId user;
        private final VlessRequest request;
        private final int maxDatagram;

        private Pipeline(UserId user, VlessRequest request, int maxDatagram) {
            this.user = user;
            this.request = request;
            this.maxDatagram = maxDatagram;
        }

        @Override
        protected void initChannel(Channel channel) {
            // A portal speaks first.
            Duration patience = request.command() == Command.REVERSE ? Duration.ZERO : PAYLOAD_PATIENCE;
            ChannelPipeline pipeline = channel.pipeline();
            pipeline.addLast(
                    new VlessResponseDecoder(),
                    new HoldUntilRead(),
                    new HeaderBeforePayload(() -> RequestHeader.encode(user, request), patience));
            if (request.isDatagrams()) {
                pipeline.addLast(
                        new VlessDatagramDecoder(request.destination()), new VlessDatagramEncoder(maxDatagram));
            }
        }
    }
}
