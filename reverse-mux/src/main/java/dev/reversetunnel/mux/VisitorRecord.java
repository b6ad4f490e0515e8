package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * On whose behalf a session is opened, told by {@link MuxDialect#COOL}, which has no place for it: the payload of a
 * KeepAlive with the session's id, right before its New. Ours; all known peers throw such a frame away (V2Ray 4.34 and
 * 5.52, Xray 26.3 and 26.7, in both roles).
 *
 * <pre>
 *  0   1         2      4      5
 * +---+---------+------+------+---------+---------+------+------+---------+
 * | 7 | network | port | type | address | network | port | type | address |
 * +---+---------+------+------+---------+---------+------+------+---------+
 *      his address                       the address of the portal's that he reached
 * </pre>
 */
final class VisitorRecord {
    private static final int TYPE = 7;

    private VisitorRecord() {}

    /** The frame that stands before the New of a session. */
    static MuxFrame.KeepAlive of(int sessionId, Visitor visitor, ByteBufAllocator alloc) {
        ByteBuf out = alloc.buffer();
        out.writeByte(TYPE);
        write(out, visitor.source());
        if (visitor.local() != null) {
            write(out, visitor.local());
        }
        return new MuxFrame.KeepAlive(sessionId, MuxFrame.DATA, out);
    }

    private static void write(ByteBuf out, Destination address) {
        PortFirstAddress.write(out.writeByte(MuxFrame.code(address.network())), address);
    }

    /** Who it is, in a payload that stays the caller's; null if it is none of these, or broken: it may be padding. */
    static @Nullable Visitor read(ByteBuf payload) {
        if (!payload.isReadable() || payload.readByte() != TYPE) {
            return null;
        }
        Destination source = readAddress(payload);
        return source == null ? null : new Visitor(source, readAddress(payload));
    }

    private static @Nullable Destination readAddress(ByteBuf in) {
        if (!in.isReadable()) {
            return null;
        }
        int code = in.readByte();
        for (Network network : Network.values()) {
            if (MuxFrame.code(network) == code) {
                try {
                    return PortFirstAddress.read(in, network);
                } catch (AddressException e) {
                    return null;
                }
            }
        }
        return null;
    }
}
