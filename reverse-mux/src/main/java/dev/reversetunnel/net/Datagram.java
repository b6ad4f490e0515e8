package dev.reversetunnel.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.DefaultByteBufHolder;
import java.util.Objects;

/**
 * One datagram and the other end of its way: where it goes to when it is written, where it came from when it was read.
 *
 * <p>Holds one reference to its content, like every {@link io.netty.buffer.ByteBufHolder}.
 */
public final class Datagram extends DefaultByteBufHolder {
    private final Destination peer;

    /**
     * Takes the content over.
     *
     * @param peer the other end, on {@link Network#UDP}
     * @param content the payload, which belongs to this datagram from now on
     */
    public Datagram(Destination peer, ByteBuf content) {
        super(content);
        this.peer = Objects.requireNonNull(peer, "peer");
    }

    /**
     * The other end.
     *
     * @return its address
     */
    public Destination peer() {
        return peer;
    }

    @Override
    public Datagram replace(ByteBuf content) {
        return new Datagram(peer, content);
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof Datagram datagram && peer.equals(datagram.peer);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + peer.hashCode();
    }

    /** Peer and size; never the payload. */
    @Override
    public String toString() {
        return "Datagram[" + peer + ", " + (refCnt() > 0 ? content().readableBytes() + " bytes]" : "released]");
    }
}
