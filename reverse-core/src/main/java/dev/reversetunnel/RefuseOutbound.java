package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;

/** Ends every session at once. */
final class RefuseOutbound implements Outbound {
    static final RefuseOutbound REFUSE = new RefuseOutbound();

    private RefuseOutbound() {}

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return dialer.loop().newFailedFuture(new RefusedException("no rule allows it"));
    }

    @Override
    public String toString() {
        return "refuse";
    }
}
