package dev.reversetunnel;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.function.Consumer;

/** A port of a memory network: whoever dials it is handed to its owner, until it is closed. */
final class MemoryServerChannel extends AbstractServerChannel {
    private final ChannelConfig config = new DefaultChannelConfig(this);
    private final InetSocketAddress local;
    private final Consumer<MemoryChannel> accept;
    private final Consumer<MemoryServerChannel> release;
    private volatile boolean open = true;

    /**
     * Listens as soon as it is in its network's table.
     *
     * @param accept takes an end that is not registered yet; called by the dialling thread
     * @param release frees the port
     */
    MemoryServerChannel(
            InetSocketAddress local, Consumer<MemoryChannel> accept, Consumer<MemoryServerChannel> release) {
        this.local = local;
        this.accept = accept;
        this.release = release;
    }

    void accept(MemoryChannel accepted) {
        accept.accept(accepted);
    }

    @Override
    protected void doClose() {
        open = false;
        release.accept(this);
    }

    @Override
    protected void doBeginRead() {
        // who dials is accepted at once
    }

    @Override
    protected void doBind(SocketAddress address) {
        throw new UnsupportedOperationException("a memory port is bound from the start");
    }

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
    protected boolean isCompatible(EventLoop loop) {
        return true;
    }

    @Override
    protected SocketAddress localAddress0() {
        return local;
    }
}
