package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.ReplayWindow;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.ByteBuffer;
import java.security.Provider;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads the opening of 2022, and checks it in the order of the specification: the first read, the identity, the fixed
 * header, its type and time, its salt, and only then the variable header.
 */
final class RequestDecoder2022 extends RequestDecoder {
    private static final int SEALED_FIXED_BYTES = RequestSealer.FIXED_HEADER_BYTES + StreamCipher.TAG_BYTES;

    private final Users2022 users;
    private final boolean strict;
    private final ReplayWindow salts;
    private final LongSupplier seconds;
    private final @Nullable Provider provider;

    private @Nullable ShadowsocksUser user;
    private @Nullable StreamCipher cipher;
    private byte[] salt = {};

    /**
     * A decoder that has read nothing.
     *
     * @param strict whether the first read must hold all up to the fixed header; only where segments are the peer's own
     * @param seconds the wall clock
     */
    RequestDecoder2022(
            Users2022 users, boolean strict, ReplayWindow salts, LongSupplier seconds, @Nullable Provider provider) {
        super(firstBytes(users));
        this.users = users;
        this.strict = strict;
        this.salts = salts;
        this.seconds = seconds;
        this.provider = provider;
    }

    private static int firstBytes(Users2022 users) {
        return users.method().saltBytes() + (users.serverKey() == null ? 0 : AesBlock.BYTES) + SEALED_FIXED_BYTES;
    }

    @Override
    void firstRead(int size) {
        if (strict && size < firstBytes(users)) {
            throw new CarrierException(
                    Reason.HEADER, "first read: " + size + " bytes (expected: " + firstBytes(users) + " or more)");
        }
    }

    @Override
    @Nullable
    Opened next(byte[] complete) {
        if (user != null && cipher != null) {
            return openVariable(user, cipher, complete);
        }
        need(openFixed(complete) + StreamCipher.TAG_BYTES);
        return null;
    }

    private int openFixed(byte[] complete) {
        salt = Arrays.copyOf(complete, users.method().saltBytes());
        ShadowsocksUser who = identify(complete);
        StreamCipher stream = new StreamCipher(users.method(), who.key(), salt, provider);
        byte[] header = new byte[RequestSealer.FIXED_HEADER_BYTES];
        try {
            stream.open(complete, complete.length - SEALED_FIXED_BYTES, SEALED_FIXED_BYTES, header, 0);
        } catch (BadTagException e) {
            throw unknown();
        }
        if (users.isRevoked(who)) {
            throw unknown();
        }
        ByteBuffer fields = ByteBuffer.wrap(header);
        byte type = fields.get();
        if (type != RequestSealer.TYPE) {
            throw new CarrierException(
                    Reason.HEADER, "header type: " + (type & 0xff) + " (expected: " + RequestSealer.TYPE + ")");
        }
        long now = seconds.getAsLong();
        long time = fields.getLong();
        Clocks.check(time, now, Reason.CLOCK, "user \"" + who.name() + "\": the peer's");
        enter(who, time, now);
        user = who;
        cipher = stream;
        return Short.toUnsignedInt(fields.getShort());
    }

    private static CarrierException unknown() {
        return new CarrierException(
                Reason.UNKNOWN_USER, "opening: nobody's (expected: sealed with the key of a user of this server)");
    }

    private ShadowsocksUser identify(byte[] complete) {
        UserKey serverKey = users.serverKey();
        if (serverKey == null) {
            return users.only();
        }
        byte[] hash = new byte[AesBlock.BYTES];
        AesBlock.decrypting(users.method().identitySubkey(serverKey.bytes(), salt))
                .apply(complete, salt.length, hash, 0);
        ShadowsocksUser named = users.find(hash);
        if (named == null) {
            throw new CarrierException(
                    Reason.UNKNOWN_USER, "identity: nobody's (expected: that of a user of this server)");
        }
        return named;
    }

    private void enter(ShadowsocksUser who, long time, long now) {
        switch (salts.enter(salt, time, now)) {
            case NEW -> {}
            case REPLAYED ->
                throw new CarrierException(Reason.REPLAY, "user \"" + who.name() + "\": an opening came a second time");
            case TOO_OLD, TOO_NEW ->
                throw new CarrierException(
                        Reason.CLOCK,
                        "user \"" + who.name() + "\": refused, because this machine's clock was set back and what came"
                                + " before is not remembered; wait until it has caught up");
            case FULL ->
                throw new CarrierException(
                        Reason.REPLAY_SET_FULL,
                        "openings of the last minute: " + salts.size()
                                + " (expected: less); raise replayCapacity(...), or find out who connects so often");
        }
    }

    private Opened openVariable(ShadowsocksUser who, StreamCipher stream, byte[] sealed) {
        byte[] header = new byte[sealed.length - StreamCipher.TAG_BYTES];
        try {
            stream.open(sealed, 0, sealed.length, header, 0);
        } catch (BadTagException e) {
            throw new CarrierException(Reason.HEADER, "variable header: was changed on its way");
        }
        ByteBuf in = Unpooled.wrappedBuffer(header);
        Destination destination = address(in);
        if (destination == null) {
            throw new CarrierException(
                    Reason.ADDRESS, "variable header: " + header.length + " bytes, in which the address does not end");
        }
        int padding = in.readableBytes() < Short.BYTES ? -1 : in.readUnsignedShort();
        // shadowsocks-rust waits for the rest of it in chunks to come, which is none of ours
        if (padding < 0 || padding > in.readableBytes()) {
            throw new CarrierException(
                    Reason.ADDRESS,
                    "padding: " + padding + " bytes (expected: within the header, which has " + in.readableBytes()
                            + " more)");
        }
        in.skipBytes(padding);
        if (padding == 0 && !in.isReadable()) {
            throw new CarrierException(Reason.ADDRESS, "padding: none (expected: some, where there is no payload)");
        }
        return new Opened(who, destination, salt, stream, rest(in));
    }
}
