package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.AesBlock;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;

/**
 * The first 16 bytes of a request: who, and when, in one AES block under the user's key.
 *
 * <pre>
 *  0               8          12       16
 * +---------------+----------+--------+
 * | seconds (8)   | random   | CRC-32 |
 * +---------------+----------+--------+
 * </pre>
 */
final class AuthId {
    static final int BYTES = 16;
    static final int RANDOM_BYTES = 4;

    private static final int CRC_OFFSET = 12;

    /**
     * Times beyond the year 2242 or before 1970 are nobody's clock: one comparison rejects all but one in two billion
     * wrong users, before their CRC is looked at.
     */
    private static final int TIME_BITS = 33;

    private AuthId() {}

    static byte[] seal(UserKey user, long seconds, byte[] random) {
        byte[] block = new byte[BYTES];
        ByteBuffer.wrap(block).putLong(seconds).put(random);
        ByteBuffer.wrap(block).putInt(CRC_OFFSET, crc(block));
        AesBlock.encrypting(user.authId()).apply(block, 0, block, 0);
        return block;
    }

    /** Whether a decrypted block is one of ours; its time may still be anything that a clock can show. */
    static boolean isGenuine(byte[] block) {
        return seconds(block) >>> TIME_BITS == 0 && ByteBuffer.wrap(block).getInt(CRC_OFFSET) == crc(block);
    }

    static long seconds(byte[] block) {
        return ByteBuffer.wrap(block).getLong();
    }

    private static int crc(byte[] block) {
        CRC32 crc = new CRC32();
        crc.update(block, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }
}
