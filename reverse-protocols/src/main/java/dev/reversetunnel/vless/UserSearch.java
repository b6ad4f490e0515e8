package dev.reversetunnel.vless;

import dev.reversetunnel.crypto.UserId;
import java.security.MessageDigest;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose id it is, by comparing it with each user's, which tells nothing by the time that it takes.
 *
 * <p>Bytes 6 and 7 do not count: Xray lets its clients write a number for the server's routing there, and its servers
 * look at the rest. A client that sends its whole id is found just the same. Thread-safe.
 */
final class UserSearch {
    private static final int ROUTE_OFFSET = 6;
    private static final int ROUTE_BYTES = 2;

    private final List<VlessUser> users;
    private final Predicate<String> revoked;
    private final byte[][] ids;

    UserSearch(List<VlessUser> users) {
        this(users, name -> false);
    }

    /** Some users. Whoever is revoked is nobody, for as long as he is. */
    UserSearch(List<VlessUser> users, Predicate<String> revoked) {
        this.users = users;
        this.revoked = revoked;
        this.ids = users.stream().map(user -> withoutRoute(user.id().bytes())).toArray(byte[][]::new);
    }

    /**
     * Looks an id up.
     *
     * @param id all of it: whoever compared less would answer strangers who guess it byte by byte
     * @return whose it is; null if it is nobody's
     */
    @Nullable
    VlessUser find(byte[] id) {
        byte[] wanted = withoutRoute(id);
        for (int i = 0; i < ids.length; i++) {
            if (MessageDigest.isEqual(ids[i], wanted)
                    && !revoked.test(users.get(i).name())) {
                return users.get(i);
            }
        }
        return null;
    }

    /** Whether a server cannot tell two ids apart. */
    static boolean collide(UserId one, UserId other) {
        return MessageDigest.isEqual(withoutRoute(one.bytes()), withoutRoute(other.bytes()));
    }

    /**
     * Left out, not overwritten in a clone: the C2 compiler of JDK 17.0.15 made code of that which found nobody any
     * more, once a hundred thousand strangers had been looked up.
     */
    private static byte[] withoutRoute(byte[] id) {
        byte[] rest = new byte[UserId.BYTES - ROUTE_BYTES];
        System.arraycopy(id, 0, rest, 0, ROUTE_OFFSET);
        System.arraycopy(id, ROUTE_OFFSET + ROUTE_BYTES, rest, ROUTE_OFFSET, rest.length - ROUTE_OFFSET);
        return rest;
    }
}
