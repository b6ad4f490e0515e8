package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/**
 * Where a name goes that was to be dialled, and did not resolve when the rules asked.
 *
 * @param cause why it did not
 */
record UnresolvedOutbound(Throwable cause) implements Outbound {
    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        Destination wanted = request.destination();
        return dialer.loop().newFailedFuture(UdpSockets.unresolved(wanted, cause));
    }
}
