package dev.reversetunnel;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.SocketAddress;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says, once a minute at most, that a listener cannot accept: no file descriptor is left, above all. It stands behind
 * Netty's acceptor, which then stops for a second and tries again; connections wait in the system's queue meanwhile.
 *
 * <p>On the listener's loop.
 */
final class AcceptFailures extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(AcceptFailures.class);
    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final LongSupplier nanoTime;
    private long toldNanos;
    private int failures;

    AcceptFailures(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed(ctx.channel().localAddress(), cause).ifPresent(log::warn);
    }

    /** What to tell of it, if anything. */
    Optional<String> failed(SocketAddress listener, Throwable cause) {
        long now = nanoTime.getAsLong();
        failures++;
        if (failures > 1 && now - toldNanos < QUIET_NANOS) {
            return Optional.empty();
        }
        toldNanos = now;
        return Optional.of("cannot accept connections at " + listener + ": " + cause.getMessage()
                + "; if files are too many, raise their limit (ulimit -n); it is tried again each second"
                + (failures == 1 ? "" : ", " + failures + " times so far"));
    }
}
