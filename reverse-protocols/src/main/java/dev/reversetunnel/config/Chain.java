package dev.reversetunnel.config;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.agreement.ProxyAgreement;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.Optional;

/** Dials through another outbound: {@code proxySettings} and {@code dialerProxy}. */
final class Chain implements Transport {
    private final String tag;
    private final Outbound through;

    private Chain(String tag, Outbound through) {
        this.tag = tag;
        this.through = through;
    }

    /** Proxies are transports themselves. */
    static Transport through(String tag, Outbound outbound) {
        return outbound instanceof Transport proxy ? proxy : new Chain(tag, outbound);
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        Promise<Channel> result = dialer.loop().newPromise();
        through.connect(new Request(remote, tag), dialer).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                result.setFailure(new TunnelException(
                        "cannot reach " + remote + " through outbound \"" + tag + "\": "
                                + dialled.cause().getMessage(),
                        dialled.cause()));
                return;
            }
            Channel channel = dialled.getNow();
            if (channel.eventLoop().inEventLoop()) {
                begin(channel, handler, result);
            } else {
                channel.eventLoop().execute(() -> begin(channel, handler, result));
            }
        });
        return result;
    }

    /** The handlers above come to a connection that is there, and are told of it as of a new one. */
    private static void begin(Channel channel, ChannelHandler handler, Promise<Channel> result) {
        ChannelPipeline pipeline = channel.pipeline();
        ChannelHandler below = new ChannelHandlerAdapter() {};
        pipeline.addLast(below, handler);
        pipeline.context(below).fireChannelActive();
        pipeline.remove(below);
        if (!result.trySuccess(channel)) {
            channel.close();
        }
    }

    /** Nobody can come in through an outbound: fails. */
    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        return context.loops().next().newFailedFuture(new TunnelException(this + " is a way out"));
    }

    /** To the other end this is TCP. */
    @Override
    public Optional<Agreement> agreement() {
        return Optional.of(new ProxyAgreement());
    }

    @Override
    public String toString() {
        return "through \"" + tag + '"';
    }
}
