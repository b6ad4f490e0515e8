package dev.reversetunnel.vmess;

import dev.reversetunnel.body.Sealer;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.Randomness;

/** Makes the chunks of one direction. */
final class ChunkSealer implements Sealer {
    private static final byte[] NOTHING = {};

    private final ChunkFormat format;
    private final Randomness randomness;
    private final boolean endsWithChunk;
    private final byte[] length = new byte[Short.BYTES];

    /**
     * For one direction.
     *
     * @param endsWithChunk whether both sides agreed on an empty chunk at the end
     */
    ChunkSealer(ChunkFormat format, Randomness randomness, boolean endsWithChunk) {
        this.format = format;
        this.randomness = randomness;
        this.endsWithChunk = endsWithChunk;
    }

    @Override
    public int maxPayload() {
        return ChunkFormat.MAX_PAYLOAD;
    }

    @Override
    public int maxOverhead() {
        return ChunkFormat.MAX_OVERHEAD;
    }

    @Override
    public boolean hasEndMark() {
        return endsWithChunk;
    }

    @Override
    public int sealEnd(byte[] out, int outOffset) {
        return endsWithChunk ? seal(NOTHING, 0, 0, out, outOffset) : 0;
    }

    /**
     * {@inheritDoc}
     *
     * <p>An empty one ends the stream.
     */
    @Override
    public int seal(byte[] plain, int offset, int size, byte[] out, int outOffset) {
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

    @Override
    public long chunks() {
        return format.chunks();
    }

    @Override
    public void wipe() {
        format.wipe();
    }
}
