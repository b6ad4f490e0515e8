package dev.reversetunnel.vmess;

import dev.reversetunnel.body.Opener;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.BadTagException;

/** Opens the chunks of one direction. */
final class ChunkOpener implements Opener {
    private final ChunkFormat format;
    private final byte[] length = new byte[Short.BYTES];
    private int sealed;

    ChunkOpener(ChunkFormat format) {
        this.format = format;
    }

    @Override
    public int lengthBytes() {
        return format.lengthBytes();
    }

    @Override
    public int openLength(byte[] in, int offset) {
        int padding = format.drawPadding();
        int value = lengthValue(in, offset);
        sealed = value - padding;
        if (sealed < format.tagBytes()) {
            throw new CarrierException(
                    Reason.CHUNK,
                    "chunk " + format.chunks() + " length: " + value + " (expected: " + (format.tagBytes() + padding)
                            + " or more)");
        }
        return value;
    }

    @Override
    public int payload() {
        return sealed - format.tagBytes();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Its padding is not looked at, nobody vouches for it.
     */
    @Override
    public void open(byte[] in, int offset, byte[] out, int outOffset) {
        byte[] nonce = format.nextPayloadNonce();
        AeadCipher cipher = format.payloadCipher();
        if (cipher == null) {
            System.arraycopy(in, offset, out, outOffset, sealed);
            return;
        }
        try {
            // The end chunk as well: V2Ray and Xray believe its length alone, which somebody on the way could forge.
            cipher.open(nonce, null, in, offset, sealed, out, outOffset);
        } catch (BadTagException e) {
            throw new CarrierException(
                    Reason.CHUNK,
                    "chunk " + (format.chunks() - 1)
                            + ": was changed on its way, or is not the next of this connection");
        }
    }

    private int lengthValue(byte[] in, int offset) {
        AeadCipher cipher = format.lengthCipher();
        if (cipher == null) {
            return ((in[offset] & 0xff) << 8 | (in[offset + 1] & 0xff)) ^ format.drawMask();
        }
        try {
            cipher.open(format.nextLengthNonce(), null, in, offset, format.lengthBytes(), length, 0);
        } catch (BadTagException e) {
            throw new CarrierException(
                    Reason.CHUNK,
                    "chunk " + format.chunks()
                            + " length: was changed on its way, or is not the next of this connection");
        }
        return ((length[0] & 0xff) << 8 | (length[1] & 0xff)) + AeadCipher.TAG_BYTES;
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
