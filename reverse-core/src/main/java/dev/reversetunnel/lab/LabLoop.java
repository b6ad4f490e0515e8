package dev.reversetunnel.lab;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/** The one thread of a proxy. */
final class LabLoop {
    static final String THREADS = "reverse-lab";

    private LabLoop() {}

    /** The class that both Netty 4.1 and 4.2 have. */
    @SuppressWarnings("deprecation")
    static EventLoopGroup start() {
        return new NioEventLoopGroup(1, new DefaultThreadFactory(THREADS, true));
    }

    /**
     * Ends it when all channels on it were closed. A selector that is closed does not always let go of a socket that
     * was closed just before (JDK 17): a round of the loop does.
     */
    static void end(EventLoopGroup group) {
        for (int round = 0; round < 2; round++) {
            group.submit(() -> {}).awaitUninterruptibly(5, TimeUnit.SECONDS);
        }
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
