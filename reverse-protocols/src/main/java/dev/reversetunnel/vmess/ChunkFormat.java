package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.Digests;
import dev.reversetunnel.crypto.NonceCounter;
import dev.reversetunnel.crypto.Shake128;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * How one direction of a body is cut, masked and sealed, and how far it is.
 *
 * <pre>
 * [length, 2 or 18] [sealed payload, n + 16] [padding, 0~63, in clear]
 * </pre>
 *
 * <p>Per chunk, the reader and the writer draw from one SHAKE128 stream: first the size of the padding, then the mask
 * of the length, each only if the options ask for it; a sealed length has no mask.
 */
final class ChunkFormat {
    /** What all peers can read in one chunk: sing-box takes 16,384 of payload and tag. */
    static final int MAX_PAYLOAD = 16_384 - AeadCipher.TAG_BYTES;

    /** The most that a chunk adds to its payload. */
    static final int MAX_OVERHEAD = Short.BYTES + AeadCipher.TAG_BYTES + AeadCipher.TAG_BYTES + 63;

    private static final int PADDING_BOUND = 64;

    private final @Nullable AeadCipher payloadCipher;
    private final @Nullable AeadCipher lengthCipher;
    private final NonceCounter payloadNonce;
    private final NonceCounter lengthNonce;
    private final Shake128 draws;
    private final boolean masks;
    private final boolean pads;

    private ChunkFormat(VmessRequest request, byte[] key, byte[] iv, @Nullable Provider provider) {
        AeadAlgorithm algorithm = request.security().algorithm();
        payloadCipher = algorithm == null ? null : algorithm.cipher(expand(algorithm, key), provider);
        // Without a cipher nobody seals lengths, whatever the options say, and only datagrams are padded.
        lengthCipher = algorithm == null || !request.has(VmessRequest.AUTHENTICATED_LENGTH)
                ? null
                : algorithm.cipher(expand(algorithm, lengthKey(request)), provider);
        payloadNonce = new NonceCounter(iv);
        lengthNonce = new NonceCounter(request.iv());
        draws = new Shake128(iv);
        masks = request.has(VmessRequest.CHUNK_MASKING) && lengthCipher == null;
        pads = request.has(VmessRequest.GLOBAL_PADDING)
                && (algorithm != null || request.command() == VmessRequest.Command.UDP);
    }

    /** From the client to the server. */
    static ChunkFormat ofRequest(VmessRequest request, @Nullable Provider provider) {
        return new ChunkFormat(request, request.key(), request.iv(), provider);
    }

    /** From the server to the client. */
    static ChunkFormat ofResponse(VmessRequest request, @Nullable Provider provider) {
        return new ChunkFormat(request, request.responseKey(), request.responseIv(), provider);
    }

    /** Both directions seal their lengths under the key and IV of the request, each with a counter of its own. */
    private static byte[] lengthKey(VmessRequest request) {
        return VmessKdf.key(request.key(), VmessKdf.Label.CHUNK_LENGTH);
    }

    static byte[] expand(AeadAlgorithm algorithm, byte[] key16) {
        if (algorithm != AeadAlgorithm.CHACHA20_POLY1305) {
            return key16;
        }
        MessageDigest md5 = Digests.md5();
        byte[] key = Arrays.copyOf(md5.digest(key16), algorithm.keyBytes());
        md5.update(key, 0, VmessRequest.KEY_BYTES);
        System.arraycopy(md5.digest(), 0, key, VmessRequest.KEY_BYTES, VmessRequest.KEY_BYTES);
        return key;
    }

    @Nullable
    AeadCipher payloadCipher() {
        return payloadCipher;
    }

    @Nullable
    AeadCipher lengthCipher() {
        return lengthCipher;
    }

    /** How many bytes the length field has. */
    int lengthBytes() {
        return lengthCipher == null ? Short.BYTES : Short.BYTES + AeadCipher.TAG_BYTES;
    }

    /** How many bytes a payload grows by when it is sealed. */
    int tagBytes() {
        return payloadCipher == null ? 0 : AeadCipher.TAG_BYTES;
    }

    /** The size of the next chunk's padding; drawn before its mask. */
    int drawPadding() {
        return pads ? draws.nextU16() % PADDING_BOUND : 0;
    }

    /** What the next length is to be XORed with. */
    int drawMask() {
        return masks ? draws.nextU16() : 0;
    }

    byte[] nextPayloadNonce() {
        return payloadNonce.next();
    }

    byte[] nextLengthNonce() {
        return lengthNonce.next();
    }

    /** How many chunks there were so far, the end chunk included. */
    long chunks() {
        return payloadNonce.used();
    }

    void wipe() {
        if (payloadCipher != null) {
            payloadCipher.wipe();
        }
        if (lengthCipher != null) {
            lengthCipher.wipe();
        }
    }
}
