package dev.reversetunnel;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelInputShutdownReadComplete;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/**
 * One end of a connection in memory: a channel that behaves as a TCP socket does, on any event loop.
 *
 * <p>{@code SO_LINGER} 0 and close is a reset: the other end sees an {@link IOException} and becomes inactive. Any
 * other close is the end of its input. What was flushed before either still arrives, as far as the pipe had room for
 * it.
 *
 * <p>Not Netty's {@code LocalChannel}, which needs an event loop of its own kind since Netty 4.2.
 */
final class MemoryChannel extends MemoryEndpoint {
    private final MemoryChannelConfig config = new MemoryChannelConfig(this);
    private final MemoryPipe in;
    private final MemoryPipe out;
    private final Runnable readTask = this::readOn;
    private final Runnable writeTask = this::writeOn;
    private @Nullable MemoryChannel other;

    private boolean readPending;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile boolean open = true;

    private MemoryChannel(MemoryPipe in, MemoryPipe out, InetSocketAddress local, InetSocketAddress remote) {
        super(local, remote);
        this.in = in;
        this.out = out;
    }

    /** A connection: the end that dialled, whose {@link #other} is the one that accepts. Neither is registered yet. */
    static MemoryChannel connect(InetSocketAddress from, InetSocketAddress to) {
        MemoryPipe there = new MemoryPipe();
        MemoryPipe back = new MemoryPipe();
        MemoryChannel dialling = new MemoryChannel(back, there, from, to);
        MemoryChannel accepting = new MemoryChannel(there, back, to, from);
        dialling.other = accepting;
        accepting.other = dialling;
        return dialling;
    }

    MemoryChannel other() {
        if (other == null) {
            throw new IllegalStateException("a memory channel has two ends");
        }
        return other;
    }

    // ---- in ----

    @Override
    protected void doBeginRead() {
        if (inputShutdown) {
            return;
        }
        readPending = true;
        if (in.isReady()) {
            eventLoop().execute(readTask);
        }
    }

    /** On the loop, whenever there may be something new. */
    private void readOn() {
        if (open && readPending) {
            readBurst();
        }
        if (!open) {
            return;
        }
        MemoryPipe.End end = in.end();
        if (end == MemoryPipe.End.RESET) {
            pipeline().fireExceptionCaught(new IOException("Connection reset"));
            close();
        } else if (end == MemoryPipe.End.CLEAN && readPending) {
            endInput();
        }
    }

    private void readBurst() {
        ByteBuf bytes = in.poll();
        if (bytes == null) {
            return;
        }
        for (int reads = 1; bytes != null; reads++) {
            readPending = false;
            pipeline().fireChannelRead(bytes);
            bytes = open && config.isAutoRead() && reads < READS_PER_BURST ? in.poll() : null;
        }
        if (in.freesWriter()) {
            other().run(other().writeTask);
        }
        pipeline().fireChannelReadComplete();
    }

    private void endInput() {
        readPending = false;
        if (!config.isAllowHalfClosure()) {
            close();
            return;
        }
        inputShutdown = true;
        pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        pipeline().fireUserEventTriggered(ChannelInputShutdownReadComplete.INSTANCE);
    }

    /** Any thread: a relay may follow a channel on another loop. */
    void autoReadCleared() {
        if (!isRegistered()) {
            readPending = false;
        } else if (!eventLoop().inEventLoop()) {
            eventLoop().execute(this::autoReadCleared);
        } else if (!config.isAutoRead()) { // it may be on again by now
            readPending = false;
        }
    }

    // ---- out ----

    @Override
    protected Object filterOutboundMessage(Object message) {
        if (message instanceof ByteBuf) {
            return message;
        }
        throw new UnsupportedOperationException("message: " + message.getClass().getName() + " (expected: ByteBuf)");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer buffer) throws Exception {
        boolean wrote = false;
        try {
            for (Object message = buffer.current(); message != null; message = buffer.current()) {
                ByteBuf bytes = (ByteBuf) message;
                if (!bytes.isReadable()) {
                    buffer.remove();
                    continue;
                }
                int length = out.write(bytes, alloc());
                if (length == 0) {
                    return;
                }
                wrote = true;
                buffer.removeBytes(length);
            }
        } finally {
            if (wrote) {
                other().run(other().readTask);
            }
        }
    }

    /** There is room again, or nobody who would make some. */
    private void writeOn() {
        ((MemoryUnsafe) unsafe()).writeOn();
    }

    /** On this channel's loop. One that is not registered yet looks by itself when it is. */
    private void run(Runnable task) {
        if (isRegistered()) {
            try {
                eventLoop().execute(task);
            } catch (RejectedExecutionException e) {
                // its loop has ended, and nobody is left to tell
            }
        }
    }

    // ---- ends ----

    @Override
    protected void doShutdownOutput() {
        outputShutdown = true;
        out.end(MemoryPipe.End.CLEAN);
        other().run(other().readTask);
    }

    @Override
    protected void doClose() {
        if (!open) {
            return;
        }
        open = false;
        in.breakOff();
        out.end(config.isReset() ? MemoryPipe.End.RESET : MemoryPipe.End.CLEAN);
        other().run(other().readTask);
        if (in.freesWriter()) {
            other().run(other().writeTask);
        }
    }

    @Override
    public ChannelFuture shutdownOutput(ChannelPromise promise) {
        if (eventLoop().inEventLoop()) {
            ((AbstractUnsafe) unsafe()).shutdownOutput(promise);
        } else {
            eventLoop().execute(() -> shutdownOutput(promise));
        }
        return promise;
    }

    @Override
    public ChannelFuture shutdownInput(ChannelPromise promise) {
        if (!eventLoop().inEventLoop()) {
            eventLoop().execute(() -> shutdownInput(promise));
            return promise;
        }
        inputShutdown = true;
        readPending = false;
        in.discard();
        if (in.freesWriter()) {
            other().run(other().writeTask);
        }
        return promise.setSuccess();
    }

    @Override
    public boolean isInputShutdown() {
        return inputShutdown || !open;
    }

    @Override
    public boolean isOutputShutdown() {
        return outputShutdown || !open;
    }

    // ---- the channel ----

    @Override
    public ChannelConfig config() {
        return config;
    }

    @Override
    public boolean isOpen() {
        return open;
    }

    @Override
    public boolean isActive() {
        return open;
    }

    @Override
    protected void doDisconnect() {
        doClose();
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new MemoryUnsafe();
    }

    private final class MemoryUnsafe extends EndpointUnsafe {
        void writeOn() {
            flush0();
        }
    }
}
