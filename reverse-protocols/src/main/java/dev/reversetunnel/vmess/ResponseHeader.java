package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.vmess.VmessKdf.Label;

/**
 * The header of a response.
 *
 * <pre>
 *  0                  18
 * +------------------+------------------------------------------------------+
 * | sealed length    | sealed: V, options (0), command (0), its length (0)  |
 * +------------------+------------------------------------------------------+
 * </pre>
 */
final class ResponseHeader {
    static final int SEALED_LENGTH_BYTES = Short.BYTES + AeadCipher.TAG_BYTES;

    private static final int PLAIN_BYTES = 4;

    private ResponseHeader() {}

    static byte[] seal(VmessRequest request) {
        byte[] key = request.responseKey();
        byte[] iv = request.responseIv();
        byte[] length = {0, PLAIN_BYTES};
        byte[] plain = {request.responseCode(), 0, 0, 0};
        byte[] header = new byte[SEALED_LENGTH_BYTES + PLAIN_BYTES + AeadCipher.TAG_BYTES];
        AeadAlgorithm.AES_128_GCM
                .cipher(VmessKdf.key(key, Label.RESPONSE_LENGTH_KEY))
                .seal(VmessKdf.nonce(iv, Label.RESPONSE_LENGTH_NONCE), null, length, 0, length.length, header, 0);
        AeadAlgorithm.AES_128_GCM
                .cipher(VmessKdf.key(key, Label.RESPONSE_KEY))
                .seal(
                        VmessKdf.nonce(iv, Label.RESPONSE_NONCE),
                        null,
                        plain,
                        0,
                        plain.length,
                        header,
                        SEALED_LENGTH_BYTES);
        return header;
    }

    /** How many bytes the sealed header has, tag included. */
    static int openLength(VmessRequest request, byte[] sealed) {
        byte[] length = new byte[Short.BYTES];
        try {
            AeadAlgorithm.AES_128_GCM
                    .cipher(VmessKdf.key(request.responseKey(), Label.RESPONSE_LENGTH_KEY))
                    .open(
                            VmessKdf.nonce(request.responseIv(), Label.RESPONSE_LENGTH_NONCE),
                            null,
                            sealed,
                            0,
                            SEALED_LENGTH_BYTES,
                            length,
                            0);
        } catch (BadTagException e) {
            throw unreadable();
        }
        return ((length[0] & 0xff) << 8 | (length[1] & 0xff)) + AeadCipher.TAG_BYTES;
    }

    /** Checks a whole header. Its options and its command are ignored: nobody sends any that matter to a new client. */
    static void check(VmessRequest request, byte[] sealed) {
        byte[] plain = new byte[sealed.length];
        int length;
        try {
            length = AeadAlgorithm.AES_128_GCM
                    .cipher(VmessKdf.key(request.responseKey(), Label.RESPONSE_KEY))
                    .open(
                            VmessKdf.nonce(request.responseIv(), Label.RESPONSE_NONCE),
                            null,
                            sealed,
                            SEALED_LENGTH_BYTES,
                            sealed.length - SEALED_LENGTH_BYTES,
                            plain,
                            0);
        } catch (BadTagException e) {
            throw unreadable();
        }
        if (length < PLAIN_BYTES || plain[0] != request.responseCode()) {
            throw new CarrierException(
                    Reason.RESPONSE,
                    "response code: is not that of the request; does something between repeat answers?");
        }
    }

    private static CarrierException unreadable() {
        return new CarrierException(
                Reason.HEADER,
                "the server's answer cannot be read; is it a VMess server (with AEAD header), or does something between"
                        + " change the bytes?");
    }
}
