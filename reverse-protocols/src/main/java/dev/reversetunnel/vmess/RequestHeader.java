package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.BadTagException;
import dev.reversetunnel.crypto.Fnv1a;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.AddressException;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortFirstAddress;
import dev.reversetunnel.vmess.VmessKdf.Label;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Arrays;

/**
 * The header of a request, on the wire and opened.
 *
 * <pre>
 *  0        16                34       42
 * +--------+-----------------+--------+---------------------------------+
 * | AuthID | sealed length   | nonce  | sealed instruction block (n+16) |
 * +--------+-----------------+--------+---------------------------------+
 *
 * the instruction block:
 *  0   1      17      33  34  35  36  37  38
 * +---+------+-------+---+---+---+---+---+---------------------+---------+-------+
 * | 1 | IV   | key   | V | O | S | 0 | C | port, type, address | padding | FNV1a |
 * +---+------+-------+---+---+---+---+---+---------------------+---------+-------+
 * V response code, O options, S size of the padding and security, C command; with command 3 there is no address
 * </pre>
 */
final class RequestHeader {
    static final int NONCE_BYTES = 8;

    /** AuthID, sealed length and nonce: what comes before the sealed block. */
    static final int FIXED_BYTES = AuthId.BYTES + Short.BYTES + AeadCipher.TAG_BYTES + NONCE_BYTES;

    /** The longest block that any peer makes has 316 bytes; this leaves room for what may follow its checksum. */
    static final int LONGEST_BLOCK = 2_048;

    private static final int LENGTH_OFFSET = AuthId.BYTES;
    private static final int SEALED_LENGTH_BYTES = Short.BYTES + AeadCipher.TAG_BYTES;
    private static final int NONCE_OFFSET = LENGTH_OFFSET + SEALED_LENGTH_BYTES;

    private static final byte VERSION = 1;
    private static final int IV_OFFSET = 1;
    private static final int KEY_OFFSET = IV_OFFSET + VmessRequest.KEY_BYTES;
    private static final int RESPONSE_CODE_OFFSET = KEY_OFFSET + VmessRequest.KEY_BYTES;
    private static final int ADDRESS_OFFSET = 38;
    private static final int CHECKSUM_BYTES = 4;
    private static final int LONGEST_PADDING = 15;

    /** What a peer wrote is repeated in a log, but not at any length. */
    private static final int LONGEST_MESSAGE = 256;

    private RequestHeader() {}

    /** Seals a request with the padding of 0 to 15 bytes that a client draws. */
    static byte[] seal(UserKey user, VmessRequest request, long seconds, Randomness randomness) {
        byte[] padding = randomness.bytes(randomness.bytes(1)[0] & LONGEST_PADDING);
        byte[] authId = AuthId.seal(user, seconds, randomness.bytes(AuthId.RANDOM_BYTES));
        return seal(user, instructions(request, padding), authId, randomness.bytes(NONCE_BYTES));
    }

    static byte[] instructions(VmessRequest request, byte[] padding) {
        ByteBuf block = Unpooled.buffer(ADDRESS_OFFSET + LONGEST_PADDING + Destination.MAX_DOMAIN_LENGTH);
        block.writeByte(VERSION).writeBytes(request.iv()).writeBytes(request.key());
        block.writeByte(request.responseCode()).writeByte(request.options());
        block.writeByte(padding.length << 4 | request.security().code());
        block.writeByte(0).writeByte(request.command().code());
        if (request.command() != VmessRequest.Command.MUX) {
            PortFirstAddress.write(block, request.destination());
        }
        block.writeBytes(padding);
        block.writeInt(Fnv1a.of(block.array(), block.arrayOffset(), block.readableBytes()));
        return Arrays.copyOfRange(block.array(), block.arrayOffset(), block.arrayOffset() + block.readableBytes());
    }

    static byte[] seal(UserKey user, byte[] instructions, byte[] authId, byte[] nonce) {
        byte[] header = new byte[FIXED_BYTES + instructions.length + AeadCipher.TAG_BYTES];
        System.arraycopy(authId, 0, header, 0, authId.length);
        System.arraycopy(nonce, 0, header, NONCE_OFFSET, nonce.length);
        byte[] length = {(byte) (instructions.length >>> 8), (byte) instructions.length};
        AeadAlgorithm.AES_128_GCM
                .cipher(VmessKdf.key(user.command(), Label.REQUEST_LENGTH_KEY, authId, nonce))
                .seal(
                        VmessKdf.nonce(user.command(), Label.REQUEST_LENGTH_NONCE, authId, nonce),
                        authId,
                        length,
                        0,
                        length.length,
                        header,
                        LENGTH_OFFSET);
        AeadAlgorithm.AES_128_GCM
                .cipher(VmessKdf.key(user.command(), Label.REQUEST_KEY, authId, nonce))
                .seal(
                        VmessKdf.nonce(user.command(), Label.REQUEST_NONCE, authId, nonce),
                        authId,
                        instructions,
                        0,
                        instructions.length,
                        header,
                        FIXED_BYTES);
        return header;
    }

    /** How many bytes the sealed block has, tag included. */
    static int openLength(UserKey user, byte[] header) {
        byte[] authId = Arrays.copyOf(header, AuthId.BYTES);
        byte[] nonce = Arrays.copyOfRange(header, NONCE_OFFSET, FIXED_BYTES);
        byte[] length = new byte[Short.BYTES];
        try {
            AeadAlgorithm.AES_128_GCM
                    .cipher(VmessKdf.key(user.command(), Label.REQUEST_LENGTH_KEY, authId, nonce))
                    .open(
                            VmessKdf.nonce(user.command(), Label.REQUEST_LENGTH_NONCE, authId, nonce),
                            authId,
                            header,
                            LENGTH_OFFSET,
                            SEALED_LENGTH_BYTES,
                            length,
                            0);
        } catch (BadTagException e) {
            throw new CarrierException(Reason.HEADER, "header length: was not sealed by the user whom it names");
        }
        int bytes = (length[0] & 0xff) << 8 | (length[1] & 0xff);
        if (bytes > LONGEST_BLOCK) {
            throw new CarrierException(
                    Reason.HEADER, "header length: " + bytes + " (expected: 0~" + LONGEST_BLOCK + ")");
        }
        return bytes + AeadCipher.TAG_BYTES;
    }

    /** The plain block of a complete header. */
    static byte[] openBlock(UserKey user, byte[] header) {
        byte[] authId = Arrays.copyOf(header, AuthId.BYTES);
        byte[] nonce = Arrays.copyOfRange(header, NONCE_OFFSET, FIXED_BYTES);
        byte[] block = new byte[header.length - FIXED_BYTES - AeadCipher.TAG_BYTES];
        try {
            AeadAlgorithm.AES_128_GCM
                    .cipher(VmessKdf.key(user.command(), Label.REQUEST_KEY, authId, nonce))
                    .open(
                            VmessKdf.nonce(user.command(), Label.REQUEST_NONCE, authId, nonce),
                            authId,
                            header,
                            FIXED_BYTES,
                            header.length - FIXED_BYTES,
                            block,
                            0);
        } catch (BadTagException e) {
            throw new CarrierException(Reason.HEADER, "header: was not sealed by the user whom it names");
        }
        return block;
    }

    /** Reads a plain block; what follows its checksum is ignored, as everybody does. */
    static VmessRequest parse(byte[] block) {
        if (block.length < ADDRESS_OFFSET + CHECKSUM_BYTES) {
            throw new CarrierException(
                    Reason.CHECKSUM,
                    "header: " + block.length + " bytes (expected: " + (ADDRESS_OFFSET + CHECKSUM_BYTES) + " or more)");
        }
        if (block[0] != VERSION) {
            throw new CarrierException(
                    Reason.VERSION, "version: " + (block[0] & 0xff) + " (expected: " + VERSION + ")");
        }
        ByteBuf in = Unpooled.wrappedBuffer(block).skipBytes(RESPONSE_CODE_OFFSET);
        byte responseCode = in.readByte();
        int options = in.readUnsignedByte();
        int paddingAndSecurity = in.readUnsignedByte();
        in.skipBytes(1); // reserved: Xray and V2Ray do not look at it either
        int command = in.readUnsignedByte();
        Parsed address = parseAddress(in, command);
        int padding = paddingAndSecurity >>> 4;
        if (in.readableBytes() < padding + CHECKSUM_BYTES) {
            throw new CarrierException(
                    Reason.CHECKSUM,
                    "header: ends " + in.readableBytes() + " bytes after the address (expected: "
                            + (padding + CHECKSUM_BYTES) + ")");
        }
        in.skipBytes(padding);
        if (Fnv1a.of(block, 0, in.readerIndex()) != in.readInt()) {
            throw new CarrierException(Reason.CHECKSUM, "header checksum: does not fit (expected: FNV-1a)");
        }
        VmessRequest request = new VmessRequest(
                address.command(),
                address.destination(),
                VmessSecurity.of(paddingAndSecurity & 0x0f),
                options,
                Arrays.copyOfRange(block, KEY_OFFSET, RESPONSE_CODE_OFFSET),
                Arrays.copyOfRange(block, IV_OFFSET, KEY_OFFSET),
                responseCode);
        checkOptions(request);
        return request;
    }

    private static Parsed parseAddress(ByteBuf in, int code) {
        VmessRequest.Command command = VmessRequest.Command.of(code);
        if (command == VmessRequest.Command.MUX) {
            return new Parsed(command, Destination.tcp(VmessRequest.Command.MUX_HOST, 0));
        }
        try {
            Network network = command == VmessRequest.Command.UDP ? Network.UDP : Network.TCP;
            return new Parsed(command, PortFirstAddress.read(in, network));
        } catch (AddressException e) {
            String message = String.valueOf(e.getMessage());
            throw new CarrierException(
                    Reason.ADDRESS, message.substring(0, Math.min(message.length(), LONGEST_MESSAGE)));
        }
    }

    private static void checkOptions(VmessRequest request) {
        if (request.has(VmessRequest.GLOBAL_PADDING) && !request.has(VmessRequest.CHUNK_MASKING)) {
            throw new CarrierException(
                    Reason.OPTION,
                    "options: 0x" + Integer.toHexString(request.options()) + " (expected: 0x08 only with 0x04)");
        }
        if (request.isRaw() && request.command() == VmessRequest.Command.UDP) {
            throw new CarrierException(
                    Reason.OPTION,
                    "options: 0x" + Integer.toHexString(request.options())
                            + " (expected: 0x01 for datagrams, which need chunks)");
        }
    }

    private record Parsed(VmessRequest.Command command, Destination destination) {}
}
