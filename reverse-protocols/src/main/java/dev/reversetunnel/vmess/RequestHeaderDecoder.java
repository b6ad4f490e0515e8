package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Reads one request header, in pieces of any size: the AuthID, the sealed length, the sealed block. Keeps no more than
 * the header's own bytes, 2.1 KiB at most.
 */
final class RequestHeaderDecoder {
    /** How far a client's clock may be off, in seconds and either way; the limit itself is good. */
    static final int CLOCK_WINDOW = 120;

    private final UserSearch users;
    private final Openings openings;
    private final LongSupplier seconds;

    private byte[] header = new byte[RequestHeader.FIXED_BYTES];
    private int filled;
    private int needed = AuthId.BYTES;
    private UserSearch.@Nullable Found found;

    RequestHeaderDecoder(UserSearch users, Openings openings, LongSupplier seconds) {
        this.users = users;
        this.openings = openings;
        this.seconds = seconds;
    }

    /**
     * Reads on.
     *
     * @param in what is behind the header stays in it
     * @return the request; null if more bytes are needed
     * @throws CarrierException if the header is wrong; its reason says whether the peer has shown a key
     */
    @Nullable
    Opening read(ByteBuf in) {
        while (fill(in)) {
            if (needed == AuthId.BYTES) {
                found = find();
                needed = RequestHeader.FIXED_BYTES;
            } else if (needed == RequestHeader.FIXED_BYTES && header.length == needed) {
                needed += RequestHeader.openLength(user().key(), header);
                header = Arrays.copyOf(header, needed);
            } else {
                return open();
            }
        }
        return null;
    }

    /** Whether not one byte came yet. */
    boolean isEmpty() {
        return filled == 0;
    }

    private boolean fill(ByteBuf in) {
        int part = Math.min(needed - filled, in.readableBytes());
        in.readBytes(header, filled, part);
        filled += part;
        return filled == needed;
    }

    private UserSearch.Found find() {
        UserSearch.Found user = users.find(Arrays.copyOf(header, AuthId.BYTES));
        if (user == null) {
            throw new CarrierException(
                    Reason.UNKNOWN_USER, "AuthID: nobody's (expected: that of a user of this server)");
        }
        long ahead = user.seconds() - seconds.getAsLong();
        if (Math.abs(ahead) > CLOCK_WINDOW) {
            throw new CarrierException(
                    Reason.CLOCK,
                    "user \"" + user.user().name() + "\": the peer's clock is " + Math.abs(ahead) + " s "
                            + (ahead > 0 ? "ahead" : "behind") + " (allowed: " + CLOCK_WINDOW
                            + " s); set one of the clocks");
        }
        return user;
    }

    private Opening open() {
        VmessUser user = user();
        byte[] block = RequestHeader.openBlock(user.key(), header);
        // Only now: an observer who has seen an AuthID must not be able to burn it before its owner comes.
        openings.enter(user, Arrays.copyOf(header, AuthId.BYTES), found().seconds(), seconds.getAsLong());
        VmessRequest request = RequestHeader.parse(block);
        Arrays.fill(block, (byte) 0);
        openings.enterSession(user, request);
        return new Opening(user, request);
    }

    private UserSearch.Found found() {
        if (found == null) {
            throw new IllegalStateException("the user is looked for first");
        }
        return found;
    }

    private VmessUser user() {
        return found().user();
    }

    /** Who asked, and what for. */
    record Opening(VmessUser user, VmessRequest request) {}
}
