package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.Randomness;

/** Makes the chunks of one direction, from array to array. */
final class ChunkSealer {
    private final ChunkFormat format;
    private final Randomness randomness;
    private final byte[] length = new byte[Short.BYTES];

    ChunkSealer(ChunkFormat format, Randomness randomness) {
        this.format = format;
        this.randomness = randomness;
    }

    /**
     * Seals one chunk; an empty one ends the stream.
     *
     * @param plain another array than {@code out}
     * @param out has room for {@code size + ChunkFormat.MAX_OVERHEAD} bytes
     * @return the number of bytes written
     */
    int seal(byte[] plain, int offset, int size, byte[] out, int outOffset) {
        int padding = format.drawPadding();
        int value = size + format.tagBytes() + padding;
        int at = outOffset + writeLength(value, out, outOffset);
        byte[] nonce = format.nextPayloadNonce();
        AeadCipher cipher = format.payloadCipher();
        if (cipher == null) {
            System.arraycopy(plain, offset, out, at, size);
            at += size;
        } else {
            at += cipher.seal(nonce, null, plain, offset, size, out, at);
        }
        if (padding > 0) {
            randomness.fill(out, at, padding);
        }
        return at + padding - outOffset;
    }

    private int writeLength(int value, byte[] out, int offset) {
        AeadCipher cipher = format.lengthCipher();
        if (cipher == null) {
            int masked = value ^ format.drawMask();
            out[offset] = (byte) (masked >>> 8);
            out[offset + 1] = (byte) masked;
            return Short.BYTES;
        }
        int rest = value - AeadCipher.TAG_BYTES;
        length[0] = (byte) (rest >>> 8);
        length[1] = (byte) rest;
        return cipher.seal(format.nextLengthNonce(), null, length, 0, length.length, out, offset);
    }

    long chunks() {
        return format.chunks();
    }

    void wipe() {
        format.wipe();
    }
}
