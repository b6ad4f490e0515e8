package dev.reversetunnel;

import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** What a memory channel is, before a byte goes through it: connected from the start, at home on any event loop. */
abstract class MemoryEndpoint extends AbstractChannel implements DuplexChannel {
    static final int READS_PER_BURST = 16;

    private static final ChannelMetadata METADATA = new ChannelMetadata(false, READS_PER_BURST);

    private final InetSocketAddress local;
    private final InetSocketAddress remote;

    MemoryEndpoint(InetSocketAddress local, InetSocketAddress remote) {
        super(null);
        this.local = local;
        this.remote = remote;
    }

    @Override
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true; // it does no I/O
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("a memory channel is connected from the start");
    }

    @Override
    public ChannelFuture shutdownOutput() {
        return shutdownOutput(newPromise());
    }

    @Override
    public ChannelFuture shutdownInput() {
        return shutdownInput(newPromise());
    }

    @Override
    public ChannelFuture shutdown() {
        return shutdown(newPromise());
    }

    @Override
    public ChannelFuture shutdown(ChannelPromise promise) {
        shutdownOutput().addListener(ended -> shutdownInput(promise));
        return promise;
    }

    @Override
    public boolean isShutdown() {
        return isInputShutdown() && isOutputShutdown();
    }

    class EndpointUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress address, SocketAddress from, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("a memory channel is connected from the start"));
        }
    }
}
