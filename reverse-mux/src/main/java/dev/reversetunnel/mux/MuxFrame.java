package dev.reversetunnel.mux;

import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.util.ReferenceCounted;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One Mux.cool frame.
 *
 * <pre>
 *  0       2           4        5        6                                  2+L
 * +-------+-----------+--------+--------+----------------------------------+
 * | L (2) | session   | status | option | New: network, port, address ...  |
 * +-------+-----------+--------+--------+----------------------------------+
 * then, if option has {@link #DATA}: length (2), payload
 * </pre>
 *
 * <p>Counts references for its payload: who reads a frame releases it, or passes it on.
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/muxcool.html">Mux.Cool</a>
 */
public sealed interface MuxFrame extends ReferenceCounted {
    /** Option bit: a payload follows. */
    int DATA = 0x01;
    /** Option bit of End: the session did not end cleanly. Known to the peers, absent in the published text. */
    int ERROR = 0x02;
    /** Option bit of New: a session by the extension. Set only towards a side that has said that it knows it. */
    int EXTENDED = 0x04;
    /** The largest session id. Never opened: Keep for it is a ping, answered with End. */
    int MAX_SESSION_ID = 0xffff;
    /** The largest payload. */
    int MAX_PAYLOAD = 0xffff;

    /**
     * The session that the frame belongs to.
     *
     * @return 0 to 65535
     */
    int sessionId();

    /**
     * All option bits as they are on the wire; unknown ones are ignored.
     *
     * @return 0 to 255
     */
    int options();

    /**
     * What the frame carries.
     *
     * @return the payload; {@link Unpooled#EMPTY_BUFFER} without {@link #DATA}
     */
    ByteBuf payload();

    /**
     * Whether there is a payload, of 0 bytes perhaps.
     *
     * @return true with {@link #DATA}
     */
    default boolean hasData() {
        return (options() & DATA) != 0;
    }

    /**
     * Opens a session; sent by the mux client.
     *
     * @param sessionId 0 to 65535
     * @param options {@link #DATA} if there is a payload
     * @param destination what to connect to
     * @param visitor who asks, in {@link MuxDialect#VLESS_REVERSE} only
     * @param globalId names a UDP user across connections, in {@link MuxDialect#COOL} only
     * @param payload the first bytes, or the first datagram
     */
    record New(
            int sessionId,
            int options,
            Destination destination,
            @Nullable Visitor visitor,
            @Nullable GlobalId globalId,
            ByteBuf payload)
            implements MuxFrame {

        /**
         * Checks the ranges.
         *
         * @param sessionId 0 to 65535
         * @param options {@link #DATA} if there is a payload
         * @param destination what to connect to
         * @param visitor who asks, in {@link MuxDialect#VLESS_REVERSE} only
         * @param globalId names a UDP user across connections, in {@link MuxDialect#COOL} only
         * @param payload the first bytes, or the first datagram
         */
        public New {
            check(sessionId, options, payload);
            Objects.requireNonNull(destination, "destination");
        }

        /**
         * A New without payload.
         *
         * @param sessionId 0 to 65535
         * @param destination what to connect to
         */
        public New(int sessionId, Destination destination) {
            this(sessionId, 0, destination, null, null, Unpooled.EMPTY_BUFFER);
        }

        /**
         * A New with its first payload.
         *
         * @param sessionId 0 to 65535
         * @param destination what to connect to
         * @param payload the first bytes, or the first datagram
         */
        public New(int sessionId, Destination destination, ByteBuf payload) {
            this(sessionId, DATA, destination, null, null, payload);
        }

        @Override
        public String toString() {
            return describe(this, " " + destination);
        }
    }

    /**
     * Carries payload of a session.
     *
     * @param sessionId 0 to 65535
     * @param options {@link #DATA} if there is a payload
     * @param packetAddress of a datagram: where it goes, or where it came from. Xray sends it, V2Ray ignores it
     * @param payload bytes of the stream, or one datagram
     */
    record Keep(int sessionId, int options, @Nullable Destination packetAddress, ByteBuf payload) implements MuxFrame {

        /**
         * Checks the ranges.
         *
         * @param sessionId 0 to 65535
         * @param options {@link #DATA} if there is a payload
         * @param packetAddress of a datagram: where it goes, or where it came from. Xray sends it, V2Ray ignores it
         * @param payload bytes of the stream, or one datagram
         */
        public Keep {
            check(sessionId, options, payload);
        }

        /**
         * A Keep with stream bytes, or with a datagram for the session's own destination.
         *
         * @param sessionId 0 to 65535
         * @param payload bytes of the stream, or one datagram
         */
        public Keep(int sessionId, ByteBuf payload) {
            this(sessionId, DATA, null, payload);
        }

        @Override
        public String toString() {
            return describe(this, packetAddress == null ? "" : " @" + packetAddress);
        }
    }

    /**
     * Ends a session, in both directions.
     *
     * @param sessionId 0 to 65535
     * @param options {@link #ERROR} if the session did not end cleanly
     * @param payload discarded by every receiver
     */
    record End(int sessionId, int options, ByteBuf payload) implements MuxFrame {

        /**
         * Checks the ranges.
         *
         * @param sessionId 0 to 65535
         * @param options {@link #ERROR} if the session did not end cleanly
         * @param payload discarded by every receiver
         */
        public End {
            check(sessionId, options, payload);
        }

        /**
         * An End.
         *
         * @param sessionId 0 to 65535
         * @param error whether the session did not end cleanly
         */
        public End(int sessionId, boolean error) {
            this(sessionId, error ? ERROR : 0, Unpooled.EMPTY_BUFFER);
        }

        /**
         * Whether the session did not end cleanly.
         *
         * @return true with {@link #ERROR}
         */
        public boolean isError() {
            return (options & ERROR) != 0;
        }

        @Override
        public String toString() {
            return describe(this, isError() ? " error" : "");
        }
    }

    /**
     * Says nothing; its payload is discarded by every known peer.
     *
     * @param sessionId 0 to 65535
     * @param options {@link #DATA} if there is a payload
     * @param payload anything
     */
    record KeepAlive(int sessionId, int options, ByteBuf payload) implements MuxFrame {

        /**
         * Checks the ranges.
         *
         * @param sessionId 0 to 65535
         * @param options {@link #DATA} if there is a payload
         * @param payload anything
         */
        public KeepAlive {
            check(sessionId, options, payload);
        }

        @Override
        public String toString() {
            return describe(this, "");
        }
    }

    /**
     * Who asks, as the portal saw it.
     *
     * @param source the visitor's address
     * @param local the portal's address that he reached; a receiver uses both or none
     */
    record Visitor(Destination source, @Nullable Destination local) {}

    /**
     * Names a UDP user across mux connections, so that he keeps his outgoing socket (XUDP).
     *
     * @param value eight bytes, big endian; 0 names nobody
     */
    record GlobalId(long value) {}

    @Override
    default int refCnt() {
        return payload().refCnt();
    }

    @Override
    default MuxFrame retain() {
        payload().retain();
        return this;
    }

    @Override
    default MuxFrame retain(int increment) {
        payload().retain(increment);
        return this;
    }

    @Override
    default MuxFrame touch() {
        payload().touch();
        return this;
    }

    @Override
    default MuxFrame touch(Object hint) {
        payload().touch(hint);
        return this;
    }

    @Override
    default boolean release() {
        return payload().release();
    }

    @Override
    default boolean release(int decrement) {
        return payload().release(decrement);
    }

    private static void check(int sessionId, int options, ByteBuf payload) {
        if (sessionId < 0 || sessionId > MAX_SESSION_ID) {
            throw new IllegalArgumentException("session id: " + sessionId + " (expected: 0~65535)");
        }
        if (options < 0 || options > 0xff) {
            throw new IllegalArgumentException("options: " + options + " (expected: 0~255)");
        }
        int length = payload.readableBytes();
        if (length > MAX_PAYLOAD || (length > 0 && (options & DATA) == 0)) {
            throw new IllegalArgumentException("payload: " + length + " bytes (expected: "
                    + ((options & DATA) == 0 ? "none without DATA)" : "0~65535)"));
        }
    }

    /** Name, id and size; never the payload. */
    private static String describe(MuxFrame frame, String detail) {
        return frame.getClass().getSimpleName() + "[" + frame.sessionId() + detail
                + (frame.hasData() ? ", " + frame.payload().readableBytes() + " bytes]" : "]");
    }

    /**
     * The wire value of a network.
     *
     * @param network stream or datagrams
     * @return 1 or 2
     */
    static int code(Network network) {
        return network == Network.TCP ? 1 : 2;
    }
}
