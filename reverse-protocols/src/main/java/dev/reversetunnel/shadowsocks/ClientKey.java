package dev.reversetunnel.shadowsocks;

import java.util.ArrayList;
import java.util.List;

/**
 * What a client has: its own key, and before it those of the servers on the way that tell users apart.
 *
 * @param identities outermost first; none for most
 * @param own the user's own
 */
record ClientKey(List<UserKey> identities, UserKey own) {

    /**
     * Reads a password: for the edition of 2022 keys in base64, joined by colons.
     *
     * @throws IllegalArgumentException if it is none; the message does not hold it
     */
    static ClientKey of(ShadowsocksMethod method, String password) {
        if (!method.is2022()) {
            return new ClientKey(List.of(), UserKey.of(method, "password", password));
        }
        String[] parts = password.split(":", -1);
        List<UserKey> keys = new ArrayList<>();
        for (int i = 0; i < parts.length; i++) {
            String name = parts.length == 1 ? "password" : "password, key " + (i + 1) + " of " + parts.length;
            keys.add(UserKey.of(method, name, parts[i]));
        }
        if (keys.size() > 1 && !method.isAes()) {
            throw new IllegalArgumentException(
                    "password: " + keys.size() + " keys (expected: one for " + method + ", which has no users)");
        }
        return new ClientKey(List.copyOf(keys.subList(0, keys.size() - 1)), keys.get(keys.size() - 1));
    }

    /** The key that an identity header under {@code identities[index]} names. */
    UserKey next(int index) {
        return index + 1 < identities.size() ? identities.get(index + 1) : own;
    }

    /** The key of what everybody on the way reads first. */
    UserKey first() {
        return identities.isEmpty() ? own : identities.get(0);
    }

    /** Never the keys. */
    @Override
    public String toString() {
        return "ClientKey";
    }
}
