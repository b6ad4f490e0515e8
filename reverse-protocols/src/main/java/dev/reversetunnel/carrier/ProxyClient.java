package dev.reversetunnel.carrier;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.ProxyAgreement;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.layer.LayerDial;
import dev.reversetunnel.layer.LayerGate;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A way through a proxy: an outbound, whose requests the proxy is asked for, and a transport, so that the dial of a
 * tunnel or of TLS goes through it. Names are never looked up here: the proxy is given them as they are. Immutable:
 * each method gives a new client. Extended by this library only.
 *
 * @param <C> the client itself
 */
public abstract class ProxyClient<C extends ProxyClient<C>> extends CarrierClient<C> implements Transport {
    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String user;
    private String password = "";

    /**
     * A client with all defaults.
     *
     * @param host the proxy's domain name or IP address
     * @param port 1 to 65535
     * @throws IllegalArgumentException if there is no such host or port
     */
    protected ProxyClient(String host, int port) {
        super(host, port);
    }

    /**
     * A copy.
     *
     * @param other whose settings to take
     */
    protected ProxyClient(ProxyClient<C> other) {
        super(other);
        user = other.user;
        password = other.password;
    }

    /**
     * What the other end must know: nothing but that, for a proxy in between is nothing that it sees.
     *
     * @return to it this is TCP
     */
    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new ProxyAgreement());
    }

    /**
     * As whom to come. Default: as nobody.
     *
     * @param name that the proxy knows: 1 to 255 printable characters of ASCII, without a colon
     * @param secret his password: 1 to 255 printable characters of ASCII; sent in clear unless TLS is the transport
     * @return a new client
     * @throws IllegalArgumentException if one of them cannot be
     * @throws IllegalStateException if it was called before
     */
    public C user(String name, String secret) {
        if (user != null) {
            throw new IllegalStateException("user: already set to \"" + user + "\"");
        }
        NamedUsers.check(name, secret);
        C copy = copy();
        ProxyClient<C> settings = copy;
        settings.user = name;
        settings.password = secret;
        return copy;
    }

    /**
     * As whom to come.
     *
     * @return the name; null for nobody
     */
    protected final @Nullable String user() {
        return user;
    }

    /**
     * His secret.
     *
     * @return empty for nobody
     */
    protected final String password() {
        return password;
    }

    /**
     * Puts the handlers of one connection in place: those that talk to the proxy, and the gate, which lets in the
     * protocol when the proxy has connected.
     *
     * @param channel the connection to the proxy
     * @param target what to ask for
     * @param protocol let in by the gate
     * @param dial how long it may take, and who is told
     * @return the gate: the last handler
     */
    protected abstract LayerGate begin(Channel channel, Destination target, ChannelHandler protocol, LayerDial dial);

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return dial(request.destination(), new Nothing(), dialer);
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        if (remote.port() == 0) {
            return dialer.loop().newFailedFuture(new TunnelException(this + " does not reach " + remote + ": port 0"));
        }
        LayerDial dial = new LayerDial(server(), dialer, ProxyClient::explain);
        Future<Channel> dialled = dial.start(transport(), new ChannelInitializer<>() {
            @Override
            protected void initChannel(Channel channel) {
                channel.pipeline().addLast(begin(channel, remote, handler, dial));
            }
        });
        Promise<Channel> result = dialer.loop().newPromise();
        dialled.addListener((Future<Channel> done) -> {
            if (done.isSuccess()) {
                result.setSuccess(done.getNow());
            } else {
                result.setFailure(new TunnelException(
                        this + " does not reach " + remote + ": " + done.cause().getMessage(), done.cause()));
            }
        });
        return result;
    }

    /**
     * What somebody can do about a conversation with a proxy that has failed.
     *
     * @param cause as the gate has told it
     * @return itself if it is told for people already
     */
    protected static TunnelException explain(Throwable cause) {
        return cause instanceof TunnelException known
                ? known
                : new TunnelException(
                        "it did not answer as such a proxy does: " + cause.getMessage() + "; are host and port right?",
                        cause);
    }

    /** Nobody can come in through a proxy: fails. */
    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        return context.loops()
                .next()
                .newFailedFuture(new TunnelException(this + " is a way out, and nobody comes in by it; give it to a"
                        + " client, and let the server listen by TCP"));
    }

    /** As the connection to the proxy: behind the proxy nothing of it is left. */
    @Override
    public boolean isRaw() {
        return true;
    }

    /** Never: what may be encrypted is the way to the proxy alone. */
    @Override
    public boolean isEncrypted() {
        return false;
    }

    /** A channel as the proxy gives it. */
    private static final class Nothing extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            // as it is
        }
    }
}
