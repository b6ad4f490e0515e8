package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.body.Opener;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.BadTagException;

/**
 * Opens the chunks of one direction, the same in both editions but for their largest size.
 *
 * <pre>
 * [length, 2 + 16] [payload, length + 16]
 * </pre>
 */
final class StreamOpener implements Opener {
    private final ShadowsocksMethod method;
    private final StreamCipher cipher;
    private int length;
    private long chunks;

    StreamOpener(ShadowsocksMethod method, StreamCipher cipher) {
        this.method = method;
        this.cipher = cipher;
    }

    @Override
    public int lengthBytes() {
        return StreamCipher.LENGTH_BYTES;
    }

    @Override
    public int openLength(byte[] in, int offset) {
        try {
            return announce(cipher.openLength(in, offset));
        } catch (BadTagException e) {
            throw changed("length");
        }
    }

    /** The next chunk's length is known; gives the number of bytes of that chunk. */
    int announce(int announced) {
        // V2Ray and Xray take 0 for the end without asking who says so; libev masks the upper bits away
        if (announced == 0 || announced > method.maxPayload()) {
            throw new CarrierException(
                    Reason.CHUNK,
                    "chunk " + chunks + " length: " + announced + " (expected: 1~" + method.maxPayload() + ")");
        }
        length = announced;
        return announced + StreamCipher.TAG_BYTES;
    }

    @Override
    public int payload() {
        return length;
    }

    @Override
    public void open(byte[] in, int offset, byte[] out, int outOffset) {
        try {
            cipher.open(in, offset, length + StreamCipher.TAG_BYTES, out, outOffset);
            chunks++;
        } catch (BadTagException e) {
            throw changed("payload");
        }
    }

    private CarrierException changed(String what) {
        return new CarrierException(
                Reason.CHUNK,
                "chunk " + chunks + " " + what + ": was changed on its way, or is not the next of this connection");
    }

    @Override
    public long chunks() {
        return chunks;
    }

    @Override
    public void wipe() {
        cipher.wipe();
    }
}
