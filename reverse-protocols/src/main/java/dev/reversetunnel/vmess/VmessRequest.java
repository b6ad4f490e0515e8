package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.crypto.Digests;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.util.Arrays;

/** What a client asks a server for, and the keys for the bytes that follow. */
final class VmessRequest {
    static final int KEY_BYTES = 16;

    /** The body is chunked; with an AEAD security it is so in any case, and this only promises an end chunk. */
    static final int CHUNK_STREAM = 0x01;

    /** The lengths of chunks are masked. */
    static final int CHUNK_MASKING = 0x04;

    /** Chunks are followed by random bytes. Only together with masking: without, V2Ray 4 crashed. */
    static final int GLOBAL_PADDING = 0x08;

    /** The lengths of chunks are sealed. V2Ray 4 does not know it. */
    static final int AUTHENTICATED_LENGTH = 0x10;

    private final Command command;
    private final Destination destination;
    private final VmessSecurity security;
    private final int options;
    private final byte[] key;
    private final byte[] iv;
    private final byte responseCode;

    VmessRequest(
            Command command,
            Destination destination,
            VmessSecurity security,
            int options,
            byte[] key,
            byte[] iv,
            byte responseCode) {
        this.command = command;
        this.destination = destination;
        this.security = security;
        this.options = options;
        this.key = key;
        this.iv = iv;
        this.responseCode = responseCode;
    }

    /** A new request with keys of its own. */
    static VmessRequest random(Destination destination, VmessSecurity security, int options, Randomness randomness) {
        return new VmessRequest(
                Command.of(destination),
                destination,
                security,
                options,
                randomness.bytes(KEY_BYTES),
                randomness.bytes(KEY_BYTES),
                randomness.bytes(1)[0]);
    }

    Command command() {
        return command;
    }

    Destination destination() {
        return destination;
    }

    VmessSecurity security() {
        return security;
    }

    int options() {
        return options;
    }

    boolean has(int option) {
        return (options & option) != 0;
    }

    byte[] key() {
        return key;
    }

    byte[] iv() {
        return iv;
    }

    /** The server repeats it, so that the client knows the answer for his own. The specification calls it V. */
    byte responseCode() {
        return responseCode;
    }

    byte[] responseKey() {
        return Arrays.copyOf(Digests.sha256().digest(key), KEY_BYTES);
    }

    byte[] responseIv() {
        return Arrays.copyOf(Digests.sha256().digest(iv), KEY_BYTES);
    }

    /** Whether the body is neither chunked nor encrypted. */
    boolean isRaw() {
        return !security.isEncrypted() && !has(CHUNK_STREAM);
    }

    /** Zeroes the keys, once everything was derived from them that will be needed. */
    void wipe() {
        Arrays.fill(key, (byte) 0);
        Arrays.fill(iv, (byte) 0);
    }

    /** Never the keys. */
    @Override
    public String toString() {
        return "VmessRequest[" + command + " " + destination + ", " + security + ", options 0x"
                + Integer.toHexString(options) + "]";
    }

    /** What is wanted. */
    enum Command {
        TCP(1),
        UDP(2),
        MUX(3);

        /** The name that stands for Mux wherever a destination is needed. */
        static final String MUX_HOST = "v1.mux.cool";

        private final int code;

        Command(int code) {
            this.code = code;
        }

        int code() {
            return code;
        }

        static Command of(int code) {
            return switch (code) {
                case 1 -> TCP;
                case 2 -> UDP;
                case 3 -> MUX;
                default ->
                    throw new CarrierException(
                            CarrierException.Reason.COMMAND,
                            "command: " + code + " (expected: 1 TCP, 2 UDP, or 3 Mux)");
            };
        }

        static Command of(Destination destination) {
            if (destination.network() == Network.UDP) {
                return UDP;
            }
            return destination.host().equals(MUX_HOST) ? MUX : TCP;
        }
    }
}
