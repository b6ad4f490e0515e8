package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.UdpSockets;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.function.Supplier;

/** A TCP port and the UDP port of the same number, which is closed with it. */
final class TwoSockets {
    /** Of our choice: when the system picks the port for TCP, the other one of that number may be taken. */
    private static final int ATTEMPTS = 8;

    private final InboundContext context;
    private final InetSocketAddress wanted;
    private final Supplier<? extends ChannelHandler> datagrams;

    /**
     * Not bound.
     *
     * @param wanted the address; port 0 for any
     * @param datagrams the handler of the UDP socket
     */
    TwoSockets(InboundContext context, InetSocketAddress wanted, Supplier<? extends ChannelHandler> datagrams) {
        this.context = context;
        this.wanted = wanted;
        this.datagrams = datagrams;
    }

    /**
     * Binds both.
     *
     * @param streams binds the first
     * @return the listening channel of streams
     */
    Future<Channel> bind(Supplier<Future<Channel>> streams) {
        Promise<Channel> result = context.loops().next().newPromise();
        attempt(streams, ATTEMPTS, result);
        return result;
    }

    private void attempt(Supplier<Future<Channel>> streams, int left, Promise<Channel> result) {
        streams.get().addListener((Future<Channel> listening) -> {
            if (listening.isSuccess()) {
                bindSecond(listening.getNow(), streams, left, result);
            } else {
                result.setFailure(listening.cause());
            }
        });
    }

    private void bindSecond(Channel tcp, Supplier<Future<Channel>> streams, int left, Promise<Channel> result) {
        int port = ((InetSocketAddress) tcp.localAddress()).getPort();
        UdpSockets.listen(
                        new InetSocketAddress(wanted.getAddress(), port),
                        context.loops().next(),
                        datagrams.get())
                .addListener((Future<Channel> bound) -> {
                    if (bound.isSuccess()) {
                        Channel udp = bound.getNow();
                        tcp.closeFuture().addListener(closed -> udp.close());
                        context.accepted(udp);
                        udp.config().setAutoRead(true);
                        result.setSuccess(tcp);
                    } else {
                        tcp.close().addListener(closed -> {
                            if (wanted.getPort() == 0 && left > 1) {
                                attempt(streams, left - 1, result);
                            } else {
                                result.setFailure(bound.cause());
                            }
                        });
                    }
                });
    }
}
