package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;

/**
 * A dialer that does what another one does, but for what it does itself: for an {@link Outbound} that changes how the
 * one behind it reaches the network. A record with the component {@code dialer} has most of it.
 */
public interface ForwardingDialer extends Dialer {
    /**
     * The other one.
     *
     * @return who does everything else
     */
    Dialer dialer();

    @Override
    default EventLoop loop() {
        return dialer().loop();
    }

    @Override
    default Future<List<InetAddress>> resolve(String host) {
        return dialer().resolve(host);
    }

    @Override
    default Duration timeout() {
        return dialer().timeout();
    }

    @Override
    default Clock clock() {
        return dialer().clock();
    }

    @Override
    default void opening(Channel channel) {
        dialer().opening(channel);
    }
}
