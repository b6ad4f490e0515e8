package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Reads the opening of one connection, in pieces. Keeps no more than what it needs next. */
abstract class RequestDecoder {
    private byte[] bytes;
    private int filled;
    private boolean empty = true;

    RequestDecoder(int firstBytes) {
        bytes = new byte[firstBytes];
    }

    /**
     * Reads on.
     *
     * @param in what just came, in one read; what is behind the opening stays in it
     * @return the opening; null if more bytes are needed
     * @throws CarrierException if it is wrong; its reason says whether the peer has shown a key
     */
    @Nullable
    Opened read(ByteBuf in) {
        if (!in.isReadable()) {
            return null;
        }
        if (empty) {
            empty = false;
            firstRead(in.readableBytes());
        }
        while (fill(in)) {
            Opened opened = next(bytes);
            if (opened != null) {
                return opened;
            }
        }
        return null;
    }

    /** Looks at the size of the first read; by default it does not matter. */
    void firstRead(int size) {}

    /**
     * Takes what was asked for, and asks for more by {@link #need}, or is done.
     *
     * @param complete all of what was needed
     */
    abstract @Nullable Opened next(byte[] complete);

    /** Asks for so many more bytes, in an array of their own. */
    final void need(int count) {
        bytes = new byte[count];
        filled = 0;
    }

    private boolean fill(ByteBuf in) {
        int part = Math.min(bytes.length - filled, in.readableBytes());
        in.readBytes(bytes, filled, part);
        filled += part;
        return filled == bytes.length;
    }

    /** Whether not one byte came yet. */
    final boolean isEmpty() {
        return empty;
    }

    /**
     * Reads an address.
     *
     * @return null if it is cut
     */
    static @Nullable Destination address(ByteBuf in) {
        try {
            return PortLastAddress.read(in, Network.TCP);
        } catch (AddressException e) {
            if (e.reason() == AddressException.Reason.TRUNCATED) {
                return null;
            }
            throw new CarrierException(Reason.ADDRESS, String.valueOf(e.getMessage()));
        }
    }

    static byte[] rest(ByteBuf in) {
        byte[] rest = new byte[in.readableBytes()];
        in.readBytes(rest);
        return rest;
    }

    static byte[] joined(byte[] first, byte[] second) {
        byte[] both = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }
}
