package dev.reversetunnel.crypto;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.UUID;
import java.util.regex.Pattern;

/** The id of a VMess or VLESS user: a UUID, and a secret. */
public final class UserId {
    /** How many bytes an id has on the wire. */
    public static final int BYTES = 16;

    private static final Pattern UUID_TEXT =
            Pattern.compile("\\p{XDigit}{8}-?\\p{XDigit}{4}-?\\p{XDigit}{4}-?\\p{XDigit}{4}-?\\p{XDigit}{12}");
    private static final int LONGEST_TEXT = 30;

    private final byte[] bytes;

    private UserId(byte[] bytes) {
        this.bytes = bytes;
    }

    /**
     * The id that is a UUID.
     *
     * @param id the UUID
     * @return the id
     */
    public static UserId of(UUID id) {
        return new UserId(ByteBuffer.allocate(BYTES)
                .putLong(id.getMostSignificantBits())
                .putLong(id.getLeastSignificantBits())
                .array());
    }

    /**
     * Takes the text of a UUID, with or without dashes, or any other text of 1 to 30 bytes, which stands for the UUID
     * that Xray and sing-box make of it: the name-based one, version 5, in the namespace of zeros.
     *
     * @param id the text
     * @return the id
     * @throws IllegalArgumentException if it is neither; the message does not hold the text
     */
    public static UserId of(String id) {
        if (UUID_TEXT.matcher(id).matches()) {
            return new UserId(HexFormat.of().parseHex(id.replace("-", "")));
        }
        byte[] text = id.getBytes(StandardCharsets.UTF_8);
        if (text.length == 0 || text.length > LONGEST_TEXT) {
            throw new IllegalArgumentException(
                    "id: " + text.length + " bytes (expected: a UUID, or a text of 1~" + LONGEST_TEXT + " bytes)");
        }
        MessageDigest sha1 = Digests.sha1();
        sha1.update(new byte[BYTES]);
        byte[] bytes = Arrays.copyOf(sha1.digest(text), BYTES);
        bytes[6] = (byte) ((bytes[6] & 0x0f) | 0x50);
        bytes[8] = (byte) ((bytes[8] & 0x3f) | 0x80);
        return new UserId(bytes);
    }

    /**
     * The id as it is on the wire.
     *
     * @return a copy
     */
    public byte[] bytes() {
        return bytes.clone();
    }

    /**
     * The id as others print it.
     *
     * @return the UUID
     */
    public UUID uuid() {
        ByteBuffer halves = ByteBuffer.wrap(bytes);
        return new UUID(halves.getLong(), halves.getLong());
    }

    /** Never the id. */
    @Override
    public String toString() {
        return "UserId";
    }
}
