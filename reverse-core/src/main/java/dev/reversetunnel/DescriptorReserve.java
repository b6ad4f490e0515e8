package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Leaves the last file descriptors of the process to others than those who come in: a listener that accepts until there
 * are none leaves none for dials, for files of the application, nor for classes that are yet to be loaded, and a class
 * that could not be is missing for good. Where only visitors come in, twice as many are left, so that bridges come back
 * whatever visitors do; dials leave half as many as those ports.
 *
 * <p>How many are in use shows in the number that a new socket gets, for it is the lowest that is free. Beyond the last
 * of its own a listener pauses, looks twenty times a second whether lower ones are free, and goes on then; who comes
 * meanwhile waits in the system's queue. With epoll; with NIO nothing is known, and {@link AcceptFailures} tells when
 * there are none.
 *
 * <p>In front of Netty's acceptor, on the listener's loop.
 */
final class DescriptorReserve extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(DescriptorReserve.class);

    private static final Path LIMITS = Path.of("/proc/self/limits");

    /** Of our choice: which part of all is left where only visitors come in; where bridges do, half of that. */
    static final int PART = 8;

    /** Of our choice: no more than that, however many there are. */
    static final int MOST_LEFT = 256;

    private static final int LOOK_AGAIN_MILLIS = 50;

    private static final long QUIET_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final InboundContext context;
    private final int most;
    private final int own;
    private boolean paused;
    private boolean warned;
    private long warnedNanos;

    /**
     * Before a listener accepts.
     *
     * @param most how many the process may have
     */
    DescriptorReserve(InboundContext context, int most) {
        this.context = context;
        this.most = most;
        this.own = most - (context.takesTunnels() ? left(most) / 2 : left(most));
    }

    private static int left(int most) {
        return Math.min(most / PART, MOST_LEFT);
    }

    /** Which descriptors dials may have, of so many: those below. They may have more than who comes in. */
    static int forDials(int most) {
        return most - left(most) / 4;
    }

    /** How many this process may have; a great many if the system does not tell. */
    static int most() {
        try {
            for (String line : Files.readAllLines(LIMITS)) {
                String[] words = line.split(" +", -1);
                if (line.startsWith("Max open files ") && words[3].matches("\\d{1,9}")) {
                    return Integer.parseInt(words[3]);
                }
            }
        } catch (IOException e) {
            log.debug("no limit of file descriptors is known", e);
        }
        return Integer.MAX_VALUE;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        int descriptor = message instanceof Channel accepted ? Loops.descriptor(accepted) : 0;
        ctx.fireChannelRead(message);
        if (descriptor < own) {
            return;
        }
        ctx.channel().config().setAutoRead(false); // also if the acceptor has ended a pause of its own
        if (!paused) {
            paused = true;
            String detail = "of " + most + " file descriptors of this process the last " + (most - own)
                    + " are for others; accepts nobody until some are free (ulimit -n raises the limit)";
            context.limitReached(Limit.DESCRIPTORS, detail);
            warn(ctx.channel(), detail);
            lookAgain(ctx);
        }
    }

    /** Once a minute at most. */
    private void warn(Channel listener, String detail) {
        long now = System.nanoTime();
        if (!warned || now - warnedNanos >= QUIET_NANOS) {
            warned = true;
            warnedNanos = now;
            log.warn("{}: {}", listener.localAddress(), detail);
        }
    }

    private void lookAgain(ChannelHandlerContext ctx) {
        ctx.executor().schedule(() -> look(ctx), LOOK_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
    }

    private void look(ChannelHandlerContext ctx) {
        if (!ctx.channel().isOpen()) {
            return;
        }
        if (Loops.nextDescriptor() < own) {
            paused = false;
            ctx.channel().config().setAutoRead(true);
        } else {
            lookAgain(ctx);
        }
    }
}
