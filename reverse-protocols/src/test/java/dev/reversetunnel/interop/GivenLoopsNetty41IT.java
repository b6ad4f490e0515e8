package dev.reversetunnel.interop;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** Our portal with our bridge, on event loops that the application hands in: NIO, as frameworks on Netty 4.1 have. */
@SuppressWarnings("deprecation") // of the two kinds of loops the one that both Nettys have
class GivenLoopsNetty41IT extends SmallTunnelContract {
    private static EventLoopGroup loops = new NioEventLoopGroup(2);

    @BeforeAll
    static void startLoops() {
        if (loops.isShuttingDown()) { // once for each order of starting
            loops = new NioEventLoopGroup(2);
        }
    }

    @AfterAll
    static void endLoops() {
        loops.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }

    @Override
    End portal(Meeting where) {
        return Ours.running(Ours.portal(where).eventLoops(loops));
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(Ours.bridge(where).eventLoops(loops));
    }
}
