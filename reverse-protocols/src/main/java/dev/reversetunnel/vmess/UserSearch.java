package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.AesBlock;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whose AuthID it is, by trying each user's key: one AES block a user, about 45 ns, and nothing cleverer
 * exists. Not thread-safe: each event loop has its own.
 */
final class UserSearch {
    private final List<VmessUser> users;
    private final Predicate<String> revoked;
    private final AesBlock[] blocks;
    private final byte[] plain = new byte[AuthId.BYTES];

    UserSearch(List<VmessUser> users) {
        this(users, name -> false);
    }

    /** Some users. Whoever is revoked is nobody, for as long as he is. */
    UserSearch(List<VmessUser> users, Predicate<String> revoked) {
        this.users = users;
        this.revoked = revoked;
        this.blocks = users.stream()
                .map(user -> AesBlock.decrypting(user.key().authId()))
                .toArray(AesBlock[]::new);
    }

    /** Whose it is, whatever his clock says; null if it is nobody's. */
    @Nullable
    Found find(byte[] authId) {
        for (int i = 0; i < blocks.length; i++) {
            blocks[i].apply(authId, 0, plain, 0);
            if (AuthId.isGenuine(plain) && !revoked.test(users.get(i).name())) {
                return new Found(users.get(i), AuthId.seconds(plain));
            }
        }
        return null;
    }

    /** A user, and the time on his clock. */
    record Found(VmessUser user, long seconds) {}
}
