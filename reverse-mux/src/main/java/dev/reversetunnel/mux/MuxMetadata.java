package dev.reversetunnel.mux;

import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of a frame's payload, as it was read.
 *
 * <pre>
 *  0         2        3        4         5      7
 * +---------+--------+--------+---------+------+------+---------+
 * | session | status | option | network | port | type | address |  New; Keep of a datagram (Xray)
 * +---------+--------+--------+---------+------+------+---------+
 * then in New, COOL, with data for UDP:  GlobalID (8)
 *      in New, VLESS_REVERSE:            network, address of the source; network, address of the local end
 * </pre>
 *
 * What a frame has beyond that is ignored, whatever its status.
 *
 * @param status as it is on the wire: the peers' codecs let unknown ones pass, and so does this one
 * @see <a href="https://xtls.github.io/en/development/protocols/muxcool.html">Mux.Cool</a>, and Xray-core
 *     {@code common/mux/frame.go} for the parts that are only there
 */
record MuxMetadata(
        int sessionId,
        int status,
        int options,
        @Nullable Destination destination,
        @Nullable Visitor visitor,
        @Nullable GlobalId globalId,
        @Nullable Destination packetAddress) {

    /** Session id, status and option. */
    static final int MIN_LENGTH = 4;
    /** No peer takes more. */
    static final int MAX_LENGTH = 512;

    static final int NEW = 1;
    static final int KEEP = 2;
    static final int END = 3;
    static final int KEEP_ALIVE = 4;

    static final int GLOBAL_ID_LENGTH = 8;

    /** All that stands in front of a stream's bytes in a Keep: metadata of the least length, and the payload's. */
    static final int STREAM_HEADER_BYTES = 8;

    /** The same as a number, with session 0 and no bytes. */
    private static final long STREAM_HEADER = 0x0004_0000_0201_0000L;

    private static final long STREAM_HEADER_MASK = 0xffff_0000_ffff_0000L;

    /** Up to the type of the address; the peers look at this before they look at any of it. */
    private static final int MIN_LENGTH_WITH_ADDRESS = 8;

    private static final int UDP = 2;

    /**
     * Reads one frame's metadata.
     *
     * @param in positioned behind the length field; exactly {@code length} bytes of it are read if this returns
     * @param length what the length field said; {@code in} has that many bytes
     * @throws MuxException if the tunnel must be given up
     */
    static MuxMetadata read(ByteBuf in, int length, MuxDialect dialect) {
        checkLength(length);
        int end = in.readerIndex() + length;
        int sessionId = in.readUnsignedShort();
        int status = in.readUnsignedByte();
        int options = in.readUnsignedByte();
        MuxMetadata metadata;
        if (status == NEW) {
            require(length, "New");
            metadata = readNew(sessionId, options, in.slice(in.readerIndex(), length - MIN_LENGTH), dialect);
        } else if (status == KEEP && length > MIN_LENGTH && in.getUnsignedByte(in.readerIndex()) == UDP) {
            // Xray looks for an address behind a 2 and behind nothing else; V2Ray never looks.
            require(length, "Keep with an address");
            Destination peer = readAddress(in.slice(in.readerIndex(), length - MIN_LENGTH), Place.TARGET);
            metadata = new MuxMetadata(sessionId, status, options, null, null, null, peer);
        } else {
            metadata = new MuxMetadata(sessionId, status, options, null, null, null, null);
        }
        in.readerIndex(end);
        return metadata;
    }

    /** What stands in front of {@code length} bytes of a session's stream. */
    static long streamHeader(int sessionId, int length) {
        return STREAM_HEADER | (long) sessionId << Integer.SIZE | length;
    }

    /** Whether the next {@value #STREAM_HEADER_BYTES} bytes of a frame stand in front of a stream's. */
    static boolean isStreamHeader(long header) {
        return (header & STREAM_HEADER_MASK) == STREAM_HEADER;
    }

    static int streamSession(long header) {
        return (int) (header >>> Integer.SIZE) & 0xffff;
    }

    static int streamLength(long header) {
        return (int) header & 0xffff;
    }

    static void checkLength(int length) {
        if (length < MIN_LENGTH) {
            throw new MuxException(Reason.METADATA_TOO_SHORT, expectation(length));
        }
        if (length > MAX_LENGTH) {
            throw new MuxException(Reason.METADATA_TOO_LONG, expectation(length));
        }
    }

    static String expectation(int length) {
        return "metadata length: " + length + " (expected: " + MIN_LENGTH + "~" + MAX_LENGTH + ")";
    }

    boolean hasData() {
        return (options & MuxFrame.DATA) != 0;
    }

    /**
     * Makes the frame.
     *
     * @param payload belongs to the frame from now on, if this returns
     * @throws MuxException if nobody knows the status
     */
    MuxFrame frame(ByteBuf payload) {
        return switch (status) {
            case NEW -> new MuxFrame.New(sessionId, options, target(), visitor, globalId, payload);
            case KEEP -> new MuxFrame.Keep(sessionId, options, packetAddress, payload);
            case END -> new MuxFrame.End(sessionId, options, payload);
            case KEEP_ALIVE -> new MuxFrame.KeepAlive(sessionId, options, payload);
            default -> throw unknownStatus();
        };
    }

    /** The peers' codecs let an unknown status pass and their workers then close the tunnel: same end, told earlier. */
    void checkStatus() {
        if (status < NEW || status > KEEP_ALIVE) {
            throw unknownStatus();
        }
    }

    private MuxException unknownStatus() {
        return new MuxException(Reason.UNKNOWN_STATUS, "status: " + status + " (expected: 1~4)");
    }

    private Destination target() {
        if (destination == null) {
            throw new IllegalStateException("New without a destination");
        }
        return destination;
    }

    private static MuxMetadata readNew(int sessionId, int options, ByteBuf in, MuxDialect dialect) {
        Destination destination = readAddress(in, Place.TARGET);
        Visitor visitor = null;
        GlobalId globalId = null;
        if (dialect == MuxDialect.VLESS_REVERSE) {
            visitor = readVisitor(in);
        } else if ((options & MuxFrame.DATA) != 0
                && destination.network() == Network.UDP
                && in.readableBytes() >= GLOBAL_ID_LENGTH) {
            globalId = new GlobalId(in.readLong());
        }
        return new MuxMetadata(sessionId, NEW, options, destination, visitor, globalId, null);
    }

    private static @Nullable Visitor readVisitor(ByteBuf in) {
        if (isPadding(in)) {
            return null;
        }
        Destination source = readAddress(in, Place.SOURCE);
        return new Visitor(source, isPadding(in) ? null : readAddress(in, Place.LOCAL));
    }

    private static boolean isPadding(ByteBuf in) {
        return !in.isReadable() || in.getByte(in.readerIndex()) == 0;
    }

    /** The address comes first and its network is judged last: so do the peers, and so their reasons are ours. */
    private static Destination readAddress(ByteBuf in, Place place) {
        int network = in.readUnsignedByte();
        Destination address;
        try {
            address = PortFirstAddress.read(in, network == UDP ? Network.UDP : Network.TCP);
        } catch (AddressException e) {
            throw new MuxException(place.reason(e.reason()), place.label + e.getMessage());
        }
        if (network != MuxFrame.code(address.network())) {
            throw new MuxException(place.unknownNetwork, place.label + "network: " + network + " (expected: 1~2)");
        }
        return address;
    }

    private static void require(int length, String what) {
        if (length < MIN_LENGTH_WITH_ADDRESS) {
            throw new MuxException(
                    Reason.METADATA_TOO_SHORT,
                    "metadata length: " + length + " (expected: " + MIN_LENGTH_WITH_ADDRESS + "~" + MAX_LENGTH + " in "
                            + what + ")");
        }
    }

    /** Which address it is, and so what is told of its faults. */
    private enum Place {
        TARGET(
                "",
                Reason.UNKNOWN_NETWORK,
                Reason.UNKNOWN_ADDRESS_TYPE,
                Reason.INVALID_DOMAIN,
                Reason.ADDRESS_TRUNCATED),
        SOURCE(
                "source ",
                Reason.SOURCE_UNKNOWN_NETWORK,
                Reason.SOURCE_UNKNOWN_ADDRESS_TYPE,
                Reason.SOURCE_INVALID_DOMAIN,
                Reason.SOURCE_ADDRESS_TRUNCATED),
        LOCAL(
                "local ",
                Reason.LOCAL_UNKNOWN_NETWORK,
                Reason.LOCAL_UNKNOWN_ADDRESS_TYPE,
                Reason.LOCAL_INVALID_DOMAIN,
                Reason.LOCAL_ADDRESS_TRUNCATED);

        private final String label;
        private final Reason unknownNetwork;
        private final Reason unknownType;
        private final Reason invalidDomain;
        private final Reason truncated;

        Place(String label, Reason unknownNetwork, Reason unknownType, Reason invalidDomain, Reason truncated) {
            this.label = label;
            this.unknownNetwork = unknownNetwork;
            this.unknownType = unknownType;
            this.invalidDomain = invalidDomain;
            this.truncated = truncated;
        }

        Reason reason(AddressException.Reason reason) {
            return switch (reason) {
                case UNKNOWN_TYPE -> unknownType;
                case INVALID_DOMAIN -> invalidDomain;
                case TRUNCATED -> truncated;
            };
        }
    }
}
