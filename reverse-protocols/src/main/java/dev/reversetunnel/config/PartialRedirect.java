package dev.reversetunnel.config;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ProxyProtocol;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** Dials another host at the port that was asked for, or another port of the host: {@code "host:0"}, {@code ":80"}. */
final class PartialRedirect implements Outbound {
    private final String host;
    private final int port;
    private final @Nullable ProxyProtocol header;

    /**
     * One of the two.
     *
     * @param host empty for the one that is asked for
     * @param port 0 for the one that is asked for
     */
    PartialRedirect(String host, int port, @Nullable ProxyProtocol header) {
        this.host = host;
        this.port = port;
        this.header = header;
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        Destination wanted = request.destination();
        int toPort = port == 0 ? wanted.port() : port;
        if (toPort == 0) {
            return dialer.loop().newFailedFuture(new TunnelException("port 0 cannot be dialled"));
        }
        return FreedomOutbound.to(host.isEmpty() ? wanted.host() : host, toPort, header)
                .connect(request, dialer);
    }

    @Override
    public String toString() {
        return "to " + (host.isEmpty() ? "port " + port : host);
    }
}
