package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetSocketAddress;
import java.util.function.Function;
import java.util.function.Supplier;

/** A TCP port and the UDP port of the same number, which is closed with it. */
final class TwoSockets {
    /** Of our choice: when the system picks the port for TCP, the other one of that number may be taken. */
    private static final int ATTEMPTS = 10;

    private final InetSocketAddress wanted;
    private final Supplier<Future<Channel>> streams;
    private final Function<InetSocketAddress, Future<Channel>> datagrams;
    private final Promise<Channel> result;

    /**
     * Nothing is bound yet.
     *
     * @param wanted the address; port 0 for any
     * @param streams binds the first
     * @param datagrams binds the second
     */
    TwoSockets(
            InetSocketAddress wanted,
            EventLoop loop,
            Supplier<Future<Channel>> streams,
            Function<InetSocketAddress, Future<Channel>> datagrams) {
        this.wanted = wanted;
        this.streams = streams;
        this.datagrams = datagrams;
        this.result = loop.newPromise();
    }

    /** Binds both; gives the listening channel of streams. */
    Future<Channel> bind() {
        attempt(wanted.getPort() == 0 ? ATTEMPTS : 1);
        return result;
    }

    private void attempt(int left) {
        streams.get().addListener((Future<Channel> listening) -> {
            if (listening.isSuccess()) {
                bindSecond(listening.getNow(), left);
            } else {
                result.setFailure(listening.cause());
            }
        });
    }

    private void bindSecond(Channel tcp, int left) {
        int port = ((InetSocketAddress) tcp.localAddress()).getPort();
        datagrams.apply(new InetSocketAddress(wanted.getAddress(), port)).addListener((Future<Channel> bound) -> {
            if (bound.isSuccess()) {
                Channel udp = bound.getNow();
                tcp.closeFuture().addListener(closed -> udp.close());
                result.setSuccess(tcp);
            } else {
                tcp.close().addListener(closed -> {
                    if (left > 1) {
                        attempt(left - 1);
                    } else {
                        result.setFailure(bound.cause());
                    }
                });
            }
        });
    }
}
