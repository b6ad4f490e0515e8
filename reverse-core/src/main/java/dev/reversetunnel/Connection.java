package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import java.io.Closeable;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;

/**
 * A connection of code in this JVM to a destination, opened by {@link ReverseTunnel#dial(String, int)}: two streams, as
 * those of a socket. One thread may read while another one writes.
 *
 * <p>Streams wait, and so must not be used on an event loop: there they throw an {@link IllegalStateException}. About
 * 64 KiB wait in memory for a reader; one who does not read stops his sender.
 *
 * <p>A clean end of the other side is the end of {@link #input()}. Any other end, such as the loss of a tunnel, is an
 * {@link java.io.IOException} of either stream.
 */
public final class Connection implements Closeable {
    private final Destination destination;
    private final Channel channel;
    private final ConnectionHandler handler;

    Connection(Destination destination, Channel channel, ConnectionHandler handler) {
        this.destination = destination;
        this.channel = channel;
        this.handler = handler;
    }

    /**
     * Where it leads, as it was asked for.
     *
     * @return the destination
     */
    public Destination destination() {
        return destination;
    }

    /**
     * What comes from the other side.
     *
     * @return always the same stream; when it is closed, what still comes is thrown away
     */
    public InputStream input() {
        return handler.input();
    }

    /**
     * What goes to the other side, at once: put a {@link java.io.BufferedOutputStream} in front for small writes.
     *
     * @return always the same stream; when it is closed, the other side sees the end of its input, and may still answer
     */
    public OutputStream output() {
        return handler.output();
    }

    /**
     * How long one read or write may wait; then it throws a {@link java.net.SocketTimeoutException}, and the connection
     * goes on. Default: for ever.
     *
     * @param time positive; or zero for ever
     * @return this
     * @throws IllegalArgumentException if it is negative
     */
    public Connection timeout(Duration time) {
        if (time.isNegative()) {
            throw new IllegalArgumentException("timeout: " + time + " (expected: positive, or zero for ever)");
        }
        handler.timeout(time);
        return this;
    }

    /**
     * Whether it is open in one direction at least.
     *
     * @return false once it was closed by anybody, or both sides have ended
     */
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Ends both directions, behind what was written. Does not wait, and may be called on any thread. */
    @Override
    public void close() {
        handler.close();
        ChannelEnds.closeAfterFlush(channel);
    }

    /** Ends both directions at once, so that the other side sees a reset and no clean end. Any thread. */
    public void reset() {
        handler.close();
        ChannelEnds.reset(channel);
    }

    @Override
    public String toString() {
        return "Connection[" + destination + (isOpen() ? "]" : ", closed]");
    }
}
