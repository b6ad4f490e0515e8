package dev.reversetunnel;

import dev.reversetunnel.net.Network;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.util.Objects;

/** Answers in this JVM: the application's pipeline sits on the session itself. */
final class HandlerOutbound implements Outbound {
    private final ChannelHandler initializer;

    HandlerOutbound(ChannelHandler initializer) {
        this.initializer = Objects.requireNonNull(initializer, "initializer");
    }

    @Override
    public Future<Channel> connect(Request request, Dialer dialer) {
        return dialer.loop()
                .newFailedFuture(new TunnelException("code in this JVM is not dialled; it takes sessions over"));
    }

    @Override
    public void take(Request request, Channel channel, Relay relay) {
        request.attachTo(channel);
        if (request.destination().network() == Network.TCP) {
            channel.pipeline().addLast(new VisitorsFarewell());
        }
        channel.pipeline().addLast(initializer);
        channel.config().setAutoRead(true);
    }

    @Override
    public boolean sharesDatagrams(Request request) {
        return true; // the application sees each one's target
    }

    @Override
    public String toString() {
        return "code in this JVM";
    }
}
