package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The inside of a packet of 2022.
 *
 * <pre>
 * type | time, 8 | from a server: the client's session, 8 | padding length, 2 | padding | address | payload
 * </pre>
 */
final class PacketBody2022 {
    private static final int DNS = 53;

    private PacketBody2022() {}

    /**
     * Writes a body.
     *
     * @param out has room for it
     * @param answered the client's session, if this is a server's packet
     * @param address the far end
     * @param payload is not read off
     */
    static void write(
            ByteBuf out, long seconds, @Nullable Long answered, int padding, Destination address, ByteBuf payload) {
        out.writeByte(answered == null ? RequestSealer.TYPE : ResponseSealer.TYPE)
                .writeLong(seconds);
        if (answered != null) {
            out.writeLong(answered);
        }
        out.writeShort(padding).writeZero(padding);
        PortLastAddress.write(out, address);
        out.writeBytes(payload, payload.readerIndex(), payload.readableBytes());
    }

    /** How many bytes {@link #write} writes. */
    static int length(@Nullable Long answered, int padding, Destination address, ByteBuf payload) {
        return fixedBytes(answered) + padding + PortLastAddress.length(address) + payload.readableBytes();
    }

    /** Of our choice, as sing-box has it: questions to name servers, whose sizes tell much, and their answers. */
    static int drawPadding(Destination address, ByteBuf payload, Randomness randomness) {
        int size = payload.readableBytes();
        return address.port() == DNS && size < RequestSealer.MAX_PADDING
                ? 1 + RequestSealer.uniform(randomness, RequestSealer.MAX_PADDING - size)
                : 0;
    }

    /**
     * Reads a body.
     *
     * @param in all of it
     * @param answered the client's session, if this must be a server's packet that answers it
     * @param now the wall clock, in seconds
     * @return the far end and the payload; null if anything is wrong with it
     */
    static @Nullable Datagram read(ByteBuf in, @Nullable Long answered, long now, ByteBufAllocator allocator) {
        if (in.readableBytes() < fixedBytes(answered)
                || in.readByte() != (answered == null ? RequestSealer.TYPE : ResponseSealer.TYPE)
                || !Clocks.isNear(in.readLong(), now)
                || (answered != null && in.readLong() != answered)) {
            return null;
        }
        int padding = in.readUnsignedShort();
        if (padding > in.readableBytes()) {
            return null;
        }
        in.skipBytes(padding);
        try {
            Destination address = PortLastAddress.read(in, Network.UDP);
            return new Datagram(address, allocator.buffer(in.readableBytes()).writeBytes(in));
        } catch (AddressException e) {
            return null;
        }
    }

    private static int fixedBytes(@Nullable Long answered) {
        return 1 + Long.BYTES + (answered == null ? 0 : Long.BYTES) + Short.BYTES;
    }
}
