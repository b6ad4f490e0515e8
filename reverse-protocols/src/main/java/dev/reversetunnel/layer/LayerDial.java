package dev.reversetunnel.layer;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.Transport;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.time.Duration;
import java.util.function.Function;

/** One dial: done when the connection is there and hands are shaken. */
public final class LayerDial implements Outcome {
    private final Destination remote;
    private final Dialer dialer;
    private final Function<Throwable, TunnelException> explain;
    private final Promise<Channel> result;
    private final long begun = System.nanoTime();

    /**
     * A dial that has not begun.
     *
     * @param remote where to
     * @param dialer the loop to use, name look-up, and the time-out
     * @param explain makes of a handshake's failure what somebody can do about it
     */
    public LayerDial(Destination remote, Dialer dialer, Function<Throwable, TunnelException> explain) {
        this.remote = remote;
        this.dialer = dialer;
        this.explain = explain;
        this.result = dialer.loop().newPromise();
    }

    /**
     * Connects by the transport below.
     *
     * @param below that transport
     * @param pipeline puts the layer's handlers in place, a {@link LayerGate} with this outcome among them;
     *     {@code @Sharable}
     * @return the channel, when hands are shaken; or why not
     */
    public Future<Channel> start(Transport below, ChannelHandler pipeline) {
        below.dial(remote, pipeline, dialer).addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                result.tryFailure(dialled.cause());
            }
        });
        return result;
    }

    /**
     * What is left of the dial's time for a handshake.
     *
     * @param most never more than this
     * @return more than nothing
     */
    public Duration patience(Duration most) {
        Duration left = dialer.timeout().minusNanos(System.nanoTime() - begun);
        Duration least = Duration.ofMillis(1);
        Duration shorter = left.compareTo(most) < 0 ? left : most;
        return shorter.compareTo(least) < 0 ? least : shorter;
    }

    @Override
    public void began(Channel channel) {
        // counted by nobody
    }

    @Override
    public void succeeded(Channel channel) {
        if (!result.trySuccess(channel)) {
            channel.close();
        }
    }

    @Override
    public void failed(Channel channel, Throwable cause) {
        result.tryFailure(explain.apply(cause));
    }

    @Override
    public void over(Channel channel) {
        // counted by nobody
    }
}
