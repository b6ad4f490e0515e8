package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** What the vectors of whole connections have in common. */
final class SessionVectors {
    private SessionVectors() {}

    static Stream<Vector> all() {
        return Vectors.of("vmess-sessions", "vmess_session");
    }

    static VmessRequest request(Vector vector) {
        return new VmessRequest(
                VmessRequest.Command.of(vector.number("command")),
                destination(vector),
                VmessSecurity.of(vector.number("security")),
                vector.number("option"),
                vector.hex("body_key"),
                vector.hex("body_iv"),
                (byte) vector.number("response_v"));
    }

    static Destination destination(Vector vector) {
        if (vector.number("command") == 3) {
            return Destination.tcp("v1.mux.cool", 0);
        }
        Network network = vector.number("command") == 2 ? Network.UDP : Network.TCP;
        return new Destination(network, host(vector), vector.number("port"));
    }

    private static String host(Vector vector) {
        if (vector.number("address_type") == 2) {
            return vector.text("address");
        }
        try {
            return InetAddress.getByAddress(HexFormat.of().parseHex(vector.text("address")))
                    .getHostAddress();
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(e);
        }
    }

    /** The plain bytes of all chunks. */
    static byte[] plain(List<Vector> chunks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.forEach(chunk -> all.writeBytes(chunk.hex("plain")));
        return all.toByteArray();
    }

    static boolean hasEndChunk(List<Vector> chunks) {
        return chunks.get(chunks.size() - 1).hex("plain").length == 0;
    }

    /** Gives the padding of the vector's chunks, one after the other. */
    static Randomness paddings(List<Vector> chunks) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        chunks.forEach(chunk -> all.writeBytes(chunk.hex("padding")));
        byte[] bytes = all.toByteArray();
        int[] next = {0};
        return (target, offset, length) -> {
            System.arraycopy(bytes, next[0], target, offset, length);
            next[0] += length;
        };
    }
}
