package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.SaltMemory;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.security.Provider;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Reads the opening of 2017: salt and first length, which tell whose it is, then chunks until the address is complete;
 * V2Ray, Xray, sing-box and shadowsocks-rust accept one that is split.
 *
 * <p>Everything but a bad address is the mistake of somebody who has shown nothing: what he sent may be recorded, and
 * changed here and there.
 */
final class RequestDecoder2017 extends RequestDecoder {
    private final List<ShadowsocksUser> users;
    private final Predicate<String> revoked;
    private final SaltMemory salts;
    private final @Nullable Provider provider;

    private @Nullable Found found;
    private byte[] head = {};
    private boolean atLength;

    RequestDecoder2017(
            List<ShadowsocksUser> users, Predicate<String> revoked, SaltMemory salts, @Nullable Provider provider) {
        super(firstBytes(users));
        this.users = users;
        this.revoked = revoked;
        this.salts = salts;
        this.provider = provider;
    }

    /** Enough to look for each user; never more than the shortest opening, which has 57 bytes. */
    private static int firstBytes(List<ShadowsocksUser> users) {
        int most = 0;
        for (ShadowsocksUser user : users) {
            most = Math.max(most, user.method().saltBytes() + StreamCipher.LENGTH_BYTES);
        }
        return most;
    }

    @Override
    @Nullable
    Opened next(byte[] complete) {
        Found user = found;
        if (user == null) {
            user = find(complete);
            found = user;
            byte[] beyond = Arrays.copyOfRange(complete, user.salt.length + StreamCipher.LENGTH_BYTES, complete.length);
            user.beyond = beyond;
            need(user.length + StreamCipher.TAG_BYTES - beyond.length);
            return null;
        }
        if (atLength) {
            atLength = false;
            user.length = openLength(user, complete, 0);
            need(user.length + StreamCipher.TAG_BYTES);
            return null;
        }
        return openChunk(user, complete);
    }

    private Found find(byte[] first) {
        for (ShadowsocksUser user : users) {
            byte[] salt = Arrays.copyOf(first, user.method().saltBytes());
            StreamCipher cipher = new StreamCipher(user.method(), user.key(), salt, provider);
            int length;
            try {
                length = cipher.openLength(first, salt.length);
            } catch (BadTagException e) {
                cipher.wipe();
                continue;
            }
            if (revoked.test(user.name())) {
                cipher.wipe();
                continue;
            }
            if (salts.contains(salt)) {
                throw replayed(user);
            }
            Found result = new Found(user, salt, cipher);
            result.length = checked(length);
            return result;
        }
        throw new CarrierException(
                Reason.UNKNOWN_USER, "opening: nobody's (expected: sealed with the password of a user of this server)");
    }

    private static int openLength(Found user, byte[] in, int offset) {
        try {
            return checked(user.cipher.openLength(in, offset));
        } catch (BadTagException e) {
            throw changed();
        }
    }

    private static int checked(int length) {
        if (length == 0 || length > ShadowsocksMethod.AES_128_GCM.maxPayload()) {
            throw new CarrierException(Reason.HEADER, "opening: a chunk of " + length + " bytes (expected: 1~16383)");
        }
        return length;
    }

    private @Nullable Opened openChunk(Found user, byte[] rest) {
        byte[] sealed = user.beyond.length == 0 ? rest : joined(user.beyond, rest);
        byte[] plain = new byte[user.length];
        try {
            user.cipher.open(sealed, 0, sealed.length, plain, 0);
        } catch (BadTagException e) {
            throw changed();
        }
        if (head.length == 0 && !salts.enter(user.salt)) {
            throw replayed(user.user);
        }
        user.beyond = new byte[0];
        head = joined(head, plain);
        ByteBuf in = Unpooled.wrappedBuffer(head);
        Destination destination = address(in);
        if (destination != null) {
            return new Opened(user.user, destination, user.salt, user.cipher, rest(in));
        }
        atLength = true;
        need(StreamCipher.LENGTH_BYTES);
        return null;
    }

    private static CarrierException changed() {
        return new CarrierException(Reason.HEADER, "opening: was changed on its way");
    }

    private static CarrierException replayed(ShadowsocksUser user) {
        return new CarrierException(
                Reason.REPLAY, "user \"" + user.name() + "\": an opening came a second time, or one of ours came back");
    }

    /** Whose it is, and how far it was read. */
    private static final class Found {
        private final ShadowsocksUser user;
        private final byte[] salt;
        private final StreamCipher cipher;
        private int length;
        /** What was read of the first chunk while the user was looked for: others have longer salts. */
        private byte[] beyond = {};

        private Found(ShadowsocksUser user, byte[] salt, StreamCipher cipher) {
            this.user = user;
            this.salt = salt;
            this.cipher = cipher;
        }
    }
}
