package dev.reversetunnel.benchmarks;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/** Whoever dials or listens on a loop without a node around it: the visitor and the origin. */
record Ends(EventLoop loop) implements Dialer, InboundContext {
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return loop.newSucceededFuture(List.of(InetAddress.getLoopbackAddress()));
    }

    @Override
    public Duration timeout() {
        return Duration.ofSeconds(10);
    }

    @Override
    public Clock clock() {
        return Clock.systemUTC();
    }

    @Override
    public String tag() {
        return "origin";
    }

    @Override
    public EventLoopGroup loops() {
        return loop;
    }

    @Override
    public void accepted(Channel channel) {
        // ends with the loop
    }

    @Override
    public void handle(Request request, Channel channel) {
        throw new IllegalStateException("nobody asks an origin for a way");
    }
}
