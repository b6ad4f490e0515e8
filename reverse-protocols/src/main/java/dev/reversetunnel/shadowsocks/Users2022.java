package dev.reversetunnel.shadowsocks;

import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Who may come in by the edition of 2022: one user, or those whom an identity header under the server's key names. */
final class Users2022 {
    private final @Nullable UserKey serverKey;
    private final ShadowsocksUser first;
    private final Predicate<String> revoked;
    private final Map<ByteBuffer, ShadowsocksUser> byHash = new HashMap<>();

    /**
     * All users.
     *
     * @param serverKey of identity headers; null if there are none, and one user
     */
    Users2022(@Nullable UserKey serverKey, List<ShadowsocksUser> users) {
        this(serverKey, users, name -> false);
    }

    /** As the other one. Whoever is revoked is nobody, for as long as he is. */
    Users2022(@Nullable UserKey serverKey, List<ShadowsocksUser> users, Predicate<String> revoked) {
        this.serverKey = serverKey;
        this.revoked = revoked;
        this.first = users.get(0);
        for (ShadowsocksUser user : users) {
            byHash.put(ByteBuffer.wrap(user.key().hash()), user);
        }
    }

    ShadowsocksMethod method() {
        return first.method();
    }

    /** Of identity headers; null if there are none. */
    @Nullable
    UserKey serverKey() {
        return serverKey;
    }

    /** Under which packets' separate headers are sealed. */
    UserKey outerKey() {
        return serverKey == null ? first.key() : serverKey;
    }

    /** The only one, if there are no identity headers. */
    ShadowsocksUser only() {
        return first;
    }

    /** Whether somebody has shown his key in vain. */
    boolean isRevoked(ShadowsocksUser user) {
        return revoked.test(user.name());
    }

    /** Whom an identity header names: no cost that grows with their number. */
    @Nullable
    ShadowsocksUser find(byte[] hash) {
        return byHash.get(ByteBuffer.wrap(hash));
    }
}
