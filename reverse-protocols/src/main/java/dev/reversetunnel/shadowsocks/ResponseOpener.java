package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.body.Opener;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.SaltMemory;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.Provider;
import java.util.Arrays;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/** Opens what a server sends: its salt, in 2022 a header that answers our request, chunks. */
final class ResponseOpener implements Opener {
    private final ShadowsocksMethod method;
    private final UserKey key;
    private final byte[] requestSalt;
    private final LongSupplier seconds;
    private final SaltMemory salts;
    private final @Nullable Provider provider;

    private @Nullable StreamCipher cipher;
    private @Nullable StreamOpener chunks;
    private boolean headerRead;

    /**
     * An opener that has read nothing.
     *
     * @param salts those of our requests and of the answers that came: for 2017, where nothing else tells an answer
     *     from a reflection
     */
    ResponseOpener(
            ShadowsocksMethod method,
            UserKey key,
            byte[] requestSalt,
            LongSupplier seconds,
            SaltMemory salts,
            @Nullable Provider provider) {
        this.method = method;
        this.key = key;
        this.requestSalt = requestSalt;
        this.seconds = seconds;
        this.salts = salts;
        this.provider = provider;
    }

    @Override
    public int lengthBytes() {
        if (chunks == null) {
            return method.saltBytes();
        }
        return headerRead ? chunks.lengthBytes() : ResponseSealer.headerBytes(method) + StreamCipher.TAG_BYTES;
    }

    @Override
    public int openLength(byte[] in, int offset) {
        if (chunks == null || cipher == null) {
            begin(Arrays.copyOfRange(in, offset, offset + method.saltBytes()));
            return -1;
        }
        return headerRead ? chunks.openLength(in, offset) : chunks.announce(openHeader(cipher, in, offset));
    }

    private void begin(byte[] salt) {
        if (!method.is2022() && !salts.enter(salt)) {
            throw new CarrierException(
                    Reason.RESPONSE, "response salt: was used before (expected: that of an answer to this request)");
        }
        cipher = new StreamCipher(method, key, salt, provider);
        chunks = new StreamOpener(method, cipher);
        headerRead = !method.is2022();
    }

    private int openHeader(StreamCipher stream, byte[] in, int offset) {
        byte[] header = new byte[ResponseSealer.headerBytes(method)];
        try {
            stream.open(in, offset, header.length + StreamCipher.TAG_BYTES, header, 0);
        } catch (BadTagException e) {
            throw new CarrierException(Reason.RESPONSE, "response header: was not sealed with this user's key");
        }
        ByteBuffer fields = ByteBuffer.wrap(header);
        byte type = fields.get();
        if (type != ResponseSealer.TYPE) {
            throw new CarrierException(
                    Reason.RESPONSE, "response type: " + (type & 0xff) + " (expected: " + ResponseSealer.TYPE + ")");
        }
        Clocks.check(fields.getLong(), seconds.getAsLong(), Reason.RESPONSE, "the server's");
        byte[] answered = new byte[method.saltBytes()];
        fields.get(answered);
        // sing-box compares with "greater", by which half of all wrong ones pass
        if (!MessageDigest.isEqual(answered, requestSalt)) {
            throw new CarrierException(
                    Reason.RESPONSE, "response: is for another request (expected: the salt of this one)");
        }
        headerRead = true;
        return Short.toUnsignedInt(fields.getShort());
    }

    @Override
    public int payload() {
        return chunks == null ? 0 : chunks.payload();
    }

    @Override
    public void open(byte[] in, int offset, byte[] out, int outOffset) {
        if (chunks == null) {
            throw new IllegalStateException("the salt comes first");
        }
        chunks.open(in, offset, out, outOffset);
    }

    /**
     * {@inheritDoc}
     *
     * <p>In 2017 a server that does not know us ends without a byte, as one does whose answer is empty, unless it is of
     * our make: no end that anybody can vouch for. In 2022 it resets.
     */
    @Override
    public boolean mayEnd() {
        return method.is2022() ? chunks == null || headerRead : chunks != null;
    }

    @Override
    public long chunks() {
        return chunks == null ? 0 : chunks.chunks();
    }

    @Override
    public void wipe() {
        if (cipher != null) {
            cipher.wipe();
        }
    }
}
