package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * One record of the extension. Records are the payload of KeepAlive frames with data, which all known peers of other
 * makes throw away (V2Ray 4.34 and 5.52, Xray 26.3 and 26.7, in both roles). {@code MUX-EXTENSION.md} beside this
 * module's sources is their specification.
 *
 * <pre>
 *  HELLO    "RTX1"  credit (4)  flags (4)  node (16)  start (8)  tunnels (2)  length (2), name    session 0
 *  CREDIT   01  bytes (4)
 *  FIN      02
 *  PING     03  token (8)                                                                         session 0
 *  PONG     04  token (8)                                                                         session 0
 *  DRAIN    05                                                                                    session 0
 *  REASON   06  code (1)  length (2), text
 *  VISITOR  07  network (1), port (2), address;  the same again for the end that he reached, or nothing
 * </pre>
 */
sealed interface MuxRecord {
    /** Of our choice: what is told to people is short. */
    int MAX_TEXT_BYTES = 256;

    /** "RTX1". */
    int MAGIC = 0x52545831;

    int CREDIT = 1;
    int FIN = 2;
    int PING = 3;
    int PONG = 4;
    int DRAIN = 5;
    int REASON = 6;
    int VISITOR = 7;

    /** Writes the record behind what is there. */
    void write(ByteBuf out);

    /** The extension is understood; sent once, first of all. */
    record Hello(MuxHello hello) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeInt(MAGIC);
            out.writeInt(hello.credit());
            out.writeInt(0);
            out.writeLong(hello.node().getMostSignificantBits());
            out.writeLong(hello.node().getLeastSignificantBits());
            out.writeLong(hello.startedAt().toEpochMilli());
            out.writeShort(hello.tunnels());
            writeText(out, hello.name(), MuxHello.MAX_NAME_BYTES);
        }
    }

    /** The other side may send so many bytes more on this session. */
    record Credit(long bytes) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(CREDIT).writeInt((int) bytes);
        }
    }

    /** No more payload comes on this session. */
    record Fin() implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(FIN);
        }
    }

    /** To be answered at once. */
    record Ping(long token) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(PING).writeLong(token);
        }
    }

    /** The answer. */
    record Pong(long token) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(PONG).writeLong(token);
        }
    }

    /** No new sessions, please. */
    record Drain() implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(DRAIN);
        }
    }

    /** Why the End that follows has an error; null for a reason that this edition does not know. */
    record Reason(@Nullable EndReason reason, String text) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(REASON).writeByte(reason == null ? 0 : reason.code());
            writeText(out, text, MAX_TEXT_BYTES);
        }
    }

    /** On whose behalf the New that follows is sent: Mux.cool itself has no place for it. */
    record Visiting(Visitor visitor) implements MuxRecord {
        @Override
        public void write(ByteBuf out) {
            out.writeByte(VISITOR);
            writeAddress(out, visitor.source());
            if (visitor.local() != null) {
                writeAddress(out, visitor.local());
            }
        }
    }

    /** The frame that carries the record. */
    default MuxFrame.KeepAlive frame(int sessionId, ByteBufAllocator alloc) {
        ByteBuf out = alloc.buffer();
        write(out);
        return new MuxFrame.KeepAlive(sessionId, MuxFrame.DATA, out);
    }

    /**
     * Reads the next record of a frame.
     *
     * @param sessionId the frame's: each record belongs to a session or to session 0
     * @param in the rest of the payload
     * @return the record; null behind the last one, and at one that is unknown or cut: a peer may pad
     */
    static @Nullable MuxRecord read(int sessionId, ByteBuf in) {
        if (!in.isReadable()) {
            return null;
        }
        return sessionId == 0 ? readOfTunnel(in) : readOfSession(in);
    }

    private static @Nullable MuxRecord readOfTunnel(ByteBuf in) {
        if (in.readableBytes() >= Integer.BYTES && in.getInt(in.readerIndex()) == MAGIC) {
            return readHello(in.skipBytes(Integer.BYTES));
        }
        int type = in.readByte();
        if (type == DRAIN) {
            return new Drain();
        }
        if ((type != PING && type != PONG) || in.readableBytes() < Long.BYTES) {
            return null;
        }
        long token = in.readLong();
        return type == PING ? new Ping(token) : new Pong(token);
    }

    private static @Nullable MuxRecord readOfSession(ByteBuf in) {
        return switch (in.readByte()) {
            case CREDIT -> in.readableBytes() < Integer.BYTES ? null : new Credit(in.readUnsignedInt());
            case FIN -> new Fin();
            case REASON -> readReason(in);
            case VISITOR -> readVisitor(in);
            default -> null;
        };
    }

    private static @Nullable Hello readHello(ByteBuf in) {
        if (in.readableBytes() < 4 + 4 + 16 + 8 + 2) {
            return null;
        }
        long credit = in.readUnsignedInt();
        in.skipBytes(Integer.BYTES); // flags: none are known
        UUID node = new UUID(in.readLong(), in.readLong());
        long startedAt = in.readLong();
        int tunnels = in.readUnsignedShort();
        String name = readText(in, MuxHello.MAX_NAME_BYTES);
        return name == null
                ? null
                : new Hello(new MuxHello(
                        (int) Math.min(credit, Integer.MAX_VALUE),
                        node,
                        Instant.ofEpochMilli(startedAt),
                        tunnels,
                        name));
    }

    private static @Nullable Reason readReason(ByteBuf in) {
        if (!in.isReadable()) {
            return null;
        }
        EndReason reason = EndReason.of(in.readUnsignedByte());
        String text = readText(in, MAX_TEXT_BYTES);
        return text == null ? null : new Reason(reason, text);
    }

    /** The last record of its frame, for nothing says whether the second address is there. */
    private static @Nullable Visiting readVisitor(ByteBuf in) {
        Destination source = readAddress(in);
        return source == null ? null : new Visiting(new Visitor(source, readAddress(in)));
    }

    private static void writeAddress(ByteBuf out, Destination address) {
        PortFirstAddress.write(out.writeByte(MuxFrame.code(address.network())), address);
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
                    in.skipBytes(in.readableBytes());
                    return null;
                }
            }
        }
        return null;
    }

    /** Cut to {@code most} bytes, never inside a character. */
    private static void writeText(ByteBuf out, String text, int most) {
        String cut = text;
        while (ByteBufUtil.utf8Bytes(cut) > most) {
            cut = cut.substring(0, cut.offsetByCodePoints(cut.length(), -1));
        }
        out.writeShort(ByteBufUtil.utf8Bytes(cut));
        ByteBufUtil.writeUtf8(out, cut);
    }

    /** Null if it is cut; what is longer than {@code most} bytes loses its end. */
    private static @Nullable String readText(ByteBuf in, int most) {
        if (in.readableBytes() < Short.BYTES) {
            return null;
        }
        int length = in.readUnsignedShort();
        if (in.readableBytes() < length) {
            return null;
        }
        String text = in.toString(in.readerIndex(), Math.min(length, most), StandardCharsets.UTF_8);
        in.skipBytes(length);
        while (ByteBufUtil.utf8Bytes(text) > most) { // half a character became a replacement of three bytes
            text = text.substring(0, text.length() - 1);
        }
        return text;
    }
}
