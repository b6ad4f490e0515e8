package dev.reversetunnel.websocket;

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
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.util.Collections;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A WebSocket on the side that dials. Immutable: each method gives a new client.
 *
 * <p>All that a client sends is masked, by the standard, which costs one more pass over the bytes.
 */
public final class WebSocketClient extends WebSocketTransport<WebSocketClient> {
    private static final int HTTP = 80;
    private static final int HTTPS = 443;

    // Set on a fresh copy only, before anybody else sees it.
    private @Nullable String host;
    private Map<String, String> headers;

    WebSocketClient(String path) {
        super(path);
        // Without one, some CDNs answer 403.
        headers = Map.of(HttpHeaderNames.USER_AGENT.toString(), "Mozilla/5.0");
    }

    private WebSocketClient(WebSocketClient other) {
        super(other);
        host = other.host;
        headers = other.headers;
    }

    @Override
    WebSocketClient copy() {
        return new WebSocketClient(this);
    }

    /**
     * The name that is asked for in HTTP. Default: the host that is dialled, with its port if that is not 80, or 443
     * over TLS.
     *
     * @param name a domain name, with a port if it takes one
     * @return a new client
     * @throws IllegalArgumentException if it is none
     */
    public WebSocketClient host(String name) {
        if (name.isBlank() || !isHeaderValue(name) || name.contains(" ") || name.contains("/")) {
            throw new IllegalArgumentException("host: \"" + name + "\" (expected: a name such as portal.example.com)");
        }
        WebSocketClient copy = new WebSocketClient(this);
        copy.host = name;
        return copy;
    }

    /**
     * One more header of the request; replaces one of the same name. Default: {@code User-Agent: Mozilla/5.0} alone.
     *
     * @param name such as {@code Origin}
     * @param value in ASCII
     * @return a new client
     * @throws IllegalArgumentException if it cannot be sent, or belongs to the handshake itself
     */
    public WebSocketClient header(String name, String value) {
        boolean isName = !name.isEmpty() && name.chars().allMatch(WebSocketClient::isOfName);
        if (!isName || !isHeaderValue(value)) {
            throw new IllegalArgumentException(
                    "header: not to be sent (expected: a name, and a value of ASCII in one line)");
        }
        String lower = name.toLowerCase(Locale.ROOT);
        if (lower.startsWith("sec-websocket-") || lower.equals("upgrade") || lower.equals("connection")) {
            throw new IllegalArgumentException("header: " + name + " belongs to the handshake");
        }
        if (lower.equals("host")) {
            return host(value);
        }
        Map<String, String> all = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        all.putAll(headers);
        all.remove(name);
        all.put(name, value);
        WebSocketClient copy = new WebSocketClient(this);
        copy.headers = Collections.unmodifiableMap(all);
        return copy;
    }

    /** RFC 9110, 5.6.2. */
    private static boolean isOfName(int sign) {
        boolean isAlphanumeric = sign < 0x80 && Character.isLetterOrDigit(sign);
        return isAlphanumeric || "!#$%&'*+-.^_`|~".indexOf(sign) >= 0;
    }

    private static boolean isHeaderValue(String text) {
        return text.chars().allMatch(c -> c >= ' ' && c < 0x7f);
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        LayerDial dial = new LayerDial(remote, dialer, cause -> explain(remote, cause));
        ClientGate.Asking asking = new ClientGate.Asking(path(), host(remote), headers, framing());
        return dial.start(below(), new Pipeline(asking, handler, dial));
    }

    private String host(Destination remote) {
        if (host != null) {
            return host;
        }
        String name = remote.host().contains(":") ? "[" + remote.host() + "]" : remote.host();
        return remote.port() == (isEncrypted() ? HTTPS : HTTP) ? name : name + ":" + remote.port();
    }

    private static TunnelException explain(Destination remote, Throwable cause) {
        String what = "cannot reach " + remote + " by WebSocket: ";
        if (cause instanceof TunnelException known) {
            return known;
        }
        return new TunnelException(
                cause instanceof UpgradeException
                        ? what + cause.getMessage()
                        : what + cause.getMessage()
                                + "; does a web server listen there, and does it want TLS (over(Tls.client()))?",
                cause);
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        return context.loops()
                .next()
                .newFailedFuture(new TunnelException("cannot listen on port " + local.getPort()
                        + ": WebSocket.client(...) dials only; give the listener WebSocket.server(path)"));
    }

    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new LayerAgreement.WebSocket(path().toString(), host, below()));
    }

    /** Where to, and what below; headers may hold secrets. */
    @Override
    public String toString() {
        return "WebSocket.client(" + path() + (host == null ? "" : ", " + host) + ", over " + below() + ")";
    }

    /** Puts the handlers of one connection in place. */
    @ChannelHandler.Sharable
    private final class Pipeline extends ChannelInitializer<Channel> {
        private final ClientGate.Asking asking;
        private final ChannelHandler protocol;
        private final LayerDial dial;

        private Pipeline(ClientGate.Asking asking, ChannelHandler protocol, LayerDial dial) {
            this.asking = asking;
            this.protocol = protocol;
            this.dial = dial;
        }

        @Override
        protected void initChannel(Channel channel) {
            ClientGate.install(channel, asking, protocol, () -> dial.patience(handshakeTimeout()), dial);
        }
    }
}
