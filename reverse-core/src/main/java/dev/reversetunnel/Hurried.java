package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * A dialer for somebody who has waited already.
 *
 * @param dialer for everything else
 * @param timeout what is left of it
 */
record Hurried(Dialer dialer, Duration timeout) implements Dialer {
    @Override
    public Future<List<InetAddress>> resolve(String host) {
        return dialer.resolve(host);
    }

    @Override
    public EventLoop loop() {
        return dialer.loop();
    }

    @Override
    public Clock clock() {
        return dialer.clock();
    }

    @Override
    public void opening(Channel channel) {
        dialer.opening(channel);
    }
}
