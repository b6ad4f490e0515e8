package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Digests;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/** What proves that somebody is a user: derived from his id, and as secret as that. */
final class UserKey {
    /** Appended to each id before it is hashed; the protocol's, the same for everybody. */
    private static final byte[] SALT = "c48619fe-8f02-49e0-b9e9-edf763e17e21".getBytes(StandardCharsets.US_ASCII);

    private static final Pattern UUID_TEXT =
            Pattern.compile("\\p{XDigit}{8}-?\\p{XDigit}{4}-?\\p{XDigit}{4}-?\\p{XDigit}{4}-?\\p{XDigit}{12}");
    private static final int UUID_BYTES = 16;
    private static final int LONGEST_TEXT = 30;

    private final byte[] command;
    private final byte[] authId;

    private UserKey(byte[] uuid) {
        MessageDigest md5 = Digests.md5();
        md5.update(uuid);
        command = md5.digest(SALT);
        authId = VmessKdf.key(command, VmessKdf.Label.AUTH_ID);
    }

    static UserKey of(UUID id) {
        return new UserKey(bytes(id));
    }

    /**
     * Takes the text of a UUID, with or without dashes, or any other text of 1 to 30 bytes, which stands for the UUID
     * that Xray and sing-box make of it.
     *
     * @throws IllegalArgumentException if it is neither; the message does not hold the text
     */
    static UserKey of(String id) {
        return new UserKey(bytes(uuid(id)));
    }

    static UUID uuid(String id) {
        if (UUID_TEXT.matcher(id).matches()) {
            byte[] bytes = HexFormat.of().parseHex(id.replace("-", ""));
            ByteBuffer halves = ByteBuffer.wrap(bytes);
            return new UUID(halves.getLong(), halves.getLong());
        }
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        if (text.length == 0 || text.length > LONGEST_TEXT) {
            throw new IllegalArgumentException(
                    "id: " + text.length + " bytes (expected: a UUID, or a text of 1~" + LONGEST_TEXT + " bytes)");
        }
        // A name-based UUID in the namespace of zeros, version 5.
        MessageDigest sha1 = Digests.sha1();
        sha1.update(new byte[UUID_BYTES]);
        byte[] bytes = Arrays.copyOf(sha1.digest(text), UUID_BYTES);
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x50);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        ByteBuffer halves = ByteBuffer.wrap(bytes);
        return new UUID(halves.getLong(), halves.getLong());
    }

    private static byte[] bytes(UUID id) {
        return ByteBuffer.allocate(UUID_BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array();
    }

    /** The key from which those of a header are derived. Not to be written to. */
    byte[] command() {
        return command;
    }

    /** The AES key of the AuthID. Not to be written to. */
    byte[] authId() {
        return authId;
    }

    boolean isSameAs(UserKey other) {
        return MessageDigest.isEqual(command, other.command);
    }

    /** Never the key. */
    @Override
    public String toString() {
        return "UserKey";
    }
}
