package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.net.Datagram;
import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import java.net.SocketAddress;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one visitor on a channel that many share, as a channel of their own: one source address of a UDP
 * port, one session of Shadowsocks, one association of SOCKS5.
 *
 * <p>It gives and takes {@link Datagram}s, on the event loop of its parent; {@code autoRead} is off until somebody
 * takes it over. Whoever reads the parent hands it what belongs to it by {@link #deliver}, and gets what is written to
 * it. There is no half-close: closing it ends both directions, and closes nothing else.
 *
 * <p>Nothing queues without bound and nobody is slowed down: what arrives while nobody reads waits in a queue of 16
 * datagrams and 64 KiB, what is written while the parent is not writable is thrown away; both are counted.
 */
public final class AssociationChannel extends AbstractChannel {
    private static final ChannelMetadata METADATA = new ChannelMetadata(false, 16);

    private final @Nullable Channel carrier;
    private final @Nullable SocketAddress local;
    private final @Nullable SocketAddress remote;
    private final Consumer<Datagram> written;
    private final ChannelConfig config;
    private final DatagramQueue inbound = new DatagramQueue();
    private final LongAdder dropped = new LongAdder();
    private volatile @Nullable LongAdder total;
    private @Nullable Runnable used;
    private long globalId;
    private boolean readPending;
    private boolean completeScheduled;
    private boolean drainScheduled;
    private volatile boolean open = true;

    private AssociationChannel(
            @Nullable Channel parent,
            @Nullable SocketAddress local,
            @Nullable SocketAddress remote,
            Consumer<Datagram> written) {
        super(parent);
        this.carrier = parent;
        this.local = local;
        this.remote = remote;
        this.written = Objects.requireNonNull(written, "written");
        this.config = new DefaultChannelConfig(this);
        config.setAutoRead(false);
    }

    /**
     * Opens an association. Called on the parent's event loop.
     *
     * @param parent what carries it and others; flushed after each burst that is written here
     * @param local the address of ours that the visitor reached; null if it is not known
     * @param remote the visitor's address; null if it is not known
     * @param written gets what is written, on the event loop, to write it to the parent. Owns the datagram from then
     *     on; must not throw
     * @return the association, registered, not reading yet
     */
    public static AssociationChannel open(
            Channel parent, @Nullable SocketAddress local, @Nullable SocketAddress remote, Consumer<Datagram> written) {
        AssociationChannel association = new AssociationChannel(parent, local, remote, written);
        association.config.setAllocator(parent.config().getAllocator());
        parent.eventLoop().register(association);
        return association;
    }

    /** Opens an association that no channel carries, or several do, one after another. Called on the event loop. */
    static AssociationChannel open(EventLoop loop, Consumer<Datagram> written) {
        AssociationChannel association = new AssociationChannel(null, null, null, written);
        loop.register(association);
        return association;
    }

    /**
     * Hands a datagram on to the reader, or queues it for him; when the queue is full, the datagram is thrown away and
     * counted. Called on the event loop.
     *
     * @param datagram belongs to the association from now on, also if that is closed
     */
    public void deliver(Datagram datagram) {
        if (!open) {
            datagram.release();
            drop();
            return;
        }
        if (!readPending || !inbound.isEmpty()) {
            if (!inbound.offer(datagram)) {
                drop();
            }
            return;
        }
        pipeline().fireChannelRead(datagram);
        completeSoon();
    }

    /**
     * How many datagrams were thrown away, of either direction. Any thread may ask.
     *
     * @return datagrams since the start
     */
    public long droppedDatagrams() {
        return dropped.sum();
    }

    /** Counts what is thrown away there as well, and what was so far. */
    void countDropped(LongAdder counter) {
        total = counter;
        counter.add(dropped.sum());
    }

    /** What waits for its reader is a part of this memory. On the event loop. */
    void within(ByteBudget memory) {
        for (int thrown = inbound.within(memory); thrown > 0; thrown--) {
            drop();
        }
    }

    /** Is told when something was written: the visitor is not idle. */
    void whenWritten(Runnable listener) {
        used = listener;
    }

    /** Goes by this name in the sessions of a portal's tunnels. */
    void roamAs(long name) {
        globalId = name;
    }

    /** The name; 0 if it has none. */
    long globalId() {
        return globalId;
    }

    /** Counts a datagram that was thrown away on its behalf. Any thread. */
    void drop() {
        dropped.increment();
        LongAdder counter = total;
        if (counter != null) {
            counter.increment();
        }
    }

    // ---- reading ----

    /** One read-complete for all that arrives in one turn of the event loop. */
    private void completeSoon() {
        if (!completeScheduled) {
            completeScheduled = true;
            eventLoop().execute(this::readComplete);
        }
    }

    private void readComplete() {
        completeScheduled = false;
        readPending = false;
        pipeline().fireChannelReadComplete();
    }

    @Override
    protected void doBeginRead() {
        readPending = true;
        if (!inbound.isEmpty() && !drainScheduled) {
            drainScheduled = true;
            // Later: the reader may be in the middle of something.
            eventLoop().execute(this::drain);
        }
    }

    private void drain() {
        drainScheduled = false;
        boolean fired = false;
        while (open && readPending) {
            Datagram datagram = inbound.poll();
            if (datagram == null) {
                break;
            }
            fired = true;
            pipeline().fireChannelRead(datagram);
        }
        if (fired) {
            completeSoon();
        }
    }

    // ---- writing ----

    @Override
    protected Object filterOutboundMessage(Object message) {
        // An empty buffer marks a place behind what was written.
        if (message instanceof Datagram || (message instanceof ByteBuf bytes && !bytes.isReadable())) {
            return message;
        }
        throw new UnsupportedOperationException("message: " + message.getClass().getName() + " (expected: Datagram)");
    }

    @Override
    protected void doWrite(ChannelOutboundBuffer in) {
        for (Object message = in.current(); message != null; message = in.current()) {
            if (message instanceof Datagram datagram) {
                if (isCarrierWritable()) {
                    datagram.retain();
                    written.accept(datagram);
                } else {
                    drop();
                }
            }
            in.remove();
        }
        if (carrier != null) {
            carrier.flush();
        }
        if (used != null) {
            used.run();
        }
    }

    private boolean isCarrierWritable() {
        if (carrier == null || carrier.isWritable()) {
            return true;
        }
        carrier.flush();
        return carrier.isWritable();
    }

    // ---- the channel ----

    @Override
    protected void doClose() {
        open = false;
        inbound.clear();
    }

    @Override
    protected void doDisconnect() {
        doClose();
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
    public ChannelMetadata metadata() {
        return METADATA;
    }

    @Override
    protected AbstractUnsafe newUnsafe() {
        return new AssociationUnsafe();
    }

    @Override
    protected boolean isCompatible(EventLoop loop) {
        return true; // it does no I/O of its own
    }

    @Override
    protected @Nullable SocketAddress localAddress0() {
        return local;
    }

    @Override
    protected @Nullable SocketAddress remoteAddress0() {
        return remote;
    }

    @Override
    protected void doBind(SocketAddress localAddress) {
        throw new UnsupportedOperationException("an association is not bound");
    }

    private final class AssociationUnsafe extends AbstractUnsafe {
        @Override
        public void connect(SocketAddress remoteAddress, SocketAddress localAddress, ChannelPromise promise) {
            promise.setFailure(new UnsupportedOperationException("an association is opened by its parent's owner"));
        }
    }
}
