package dev.reversetunnel.door;

import dev.reversetunnel.crypto.Digests;
import dev.reversetunnel.crypto.Randomness;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Users who have a name and a password, which is remembered as a salted digest only. Immutable.
 *
 * <p>To look one up takes as long for a name that is there as for one that is not, and for a password that is nearly
 * right.
 */
public final class NamedUsers {
    /** Nobody. */
    public static final NamedUsers NONE = new NamedUsers(Map.of());

    private static final int SALT_BYTES = 16;

    private final Map<String, Secret> secrets;

    private static final class Secret {
        private final byte[] salt;
        private final byte[] digest;

        private Secret(byte[] salt, byte[] digest) {
            this.salt = salt;
            this.digest = digest;
        }

        static Secret of(String name, String password) {
            byte[] salt = Randomness.secure().bytes(SALT_BYTES);
            return new Secret(salt, digest(salt, name, password));
        }

        boolean isOf(String name, String password) {
            return MessageDigest.isEqual(digest, digest(salt, name, password));
        }

        private static byte[] digest(byte[] salt, String name, String password) {
            byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
            MessageDigest sha256 = Digests.sha256();
            sha256.update(salt);
            sha256.update((byte) bytes.length); // so that no two pairs look alike
            sha256.update(bytes);
            return sha256.digest(password.getBytes(StandardCharsets.UTF_8));
        }
    }

    private NamedUsers(Map<String, Secret> secrets) {
        this.secrets = secrets;
    }

    /**
     * Adds a user.
     *
     * @param name 1 to 255 printable characters of ASCII, without a colon
     * @param password 1 to 255 printable characters of ASCII
     * @return those of before, and him
     * @throws IllegalArgumentException if name or password is something else, or the name is taken
     */
    public NamedUsers with(String name, String password) {
        check(name, password);
        if (secrets.containsKey(name)) {
            throw new IllegalArgumentException("user: \"" + name + "\" is there already");
        }
        Map<String, Secret> more = new LinkedHashMap<>(secrets);
        more.put(name, Secret.of(name, password));
        return new NamedUsers(more);
    }

    /**
     * Checks what a client or a server was given. SOCKS5 counts their lengths in a byte, HTTP puts a colon between
     * them, and of letters that are not ASCII no two programs make the same bytes.
     *
     * @param name of a user
     * @param password never in the message
     * @throws IllegalArgumentException if one of them cannot travel
     */
    public static void check(String name, String password) {
        if (!isPlain(name) || name.indexOf(':') >= 0) {
            throw new IllegalArgumentException("user: " + name.length()
                    + " characters (expected: 1~255, of printable ASCII, and no colon among them)");
        }
        if (!isPlain(password)) {
            throw new IllegalArgumentException("password of \"" + name + "\": " + password.length()
                    + " characters (expected: 1~255, of printable ASCII)");
        }
    }

    private static boolean isPlain(String text) {
        return !text.isEmpty() && text.length() <= 255 && text.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    /**
     * Whom it knows.
     *
     * @return their names
     */
    public Set<String> names() {
        return Collections.unmodifiableSet(secrets.keySet());
    }

    /**
     * Looks a user up.
     *
     * @param name as it came
     * @param password as it came
     * @return his name; null if there is nobody with that name and password
     */
    public @Nullable String find(String name, String password) {
        String found = null;
        for (Map.Entry<String, Secret> user : secrets.entrySet()) {
            if (user.getValue().isOf(name, password)) {
                found = user.getKey();
            }
        }
        return found;
    }

    /**
     * Whether there is nobody.
     *
     * @return true for {@link #NONE}
     */
    public boolean isEmpty() {
        return secrets.isEmpty();
    }

    /** How many; never who, nor their passwords. */
    @Override
    public String toString() {
        return secrets.size() + " users";
    }
}
