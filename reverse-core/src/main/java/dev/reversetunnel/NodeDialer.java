package dev.reversetunnel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** The network as a node sees it, for one waiting channel. */
record NodeDialer(EventLoop loop, Resolver resolver, Duration timeout, Clock clock) implements Dialer {
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return resolver.resolve(host, loop);
    }
}
