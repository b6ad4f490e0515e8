package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.group.ChannelGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * The network as a node sees it, for one waiting channel.
 *
 * @param opened gets what is opened, so that the node can close it
 */
record NodeDialer(EventLoop loop, Resolver resolver, Duration timeout, Clock clock, ChannelGroup opened)
        implements Dialer {
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return resolver.resolve(host, loop);
    }

    @Override
    public void opening(Channel channel) {
        opened.add(channel);
    }
}
