package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.kit.Vectors;
import dev.reversetunnel.kit.Vectors.Vector;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.net.PortLastAddress;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/** Golden vectors of Shadowsocks: made with Xray-core 26.4.25 (2017) and sing-shadowsocks 0.2.8 (2022). */
final class ShadowsocksVectors {
    private ShadowsocksVectors() {}

    static Stream<Vector> streams2017() {
        return Vectors.of("shadowsocks-aead", "ss_tcp");
    }

    static Stream<Vector> streams2022() {
        return Vectors.of("shadowsocks-2022", "ss2022_tcp");
    }

    static Stream<Vector> packets2017() {
        return Vectors.of("shadowsocks-aead", "ss_udp");
    }

    static Stream<Vector> packets2022() {
        return Vectors.of("shadowsocks-2022", "ss2022_udp");
    }

    static ShadowsocksMethod method(Vector vector) {
        return ShadowsocksMethod.of(vector.text("method"));
    }

    static ClientKey key(Vector vector) {
        return ClientKey.of(method(vector), String.join(":", keys(vector)));
    }

    /** The keys of a client, outermost first; the password of 2017. */
    static List<String> keys(Vector vector) {
        return vector.has("client_psks") ? vector.texts("client_psks") : List.of(vector.text("password"));
    }

    static Destination destination(Vector vector, Network network) {
        int type = vector.number("address_type");
        if (type == 3) {
            return new Destination(network, vector.text("address"), vector.number("port"));
        }
        ByteBuf wire = Unpooled.buffer();
        wire.writeByte(type).writeBytes(vector.hex("address")).writeShort(vector.number("port"));
        return PortLastAddress.read(wire, network);
    }

    static List<byte[]> chunks(Vector vector, String name) {
        return vector.texts(name).stream().map(HexFormat.of()::parseHex).toList();
    }

    static byte[] joined(List<byte[]> parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        parts.forEach(all::writeBytes);
        return all.toByteArray();
    }

    /** Gives the draws of a vector: the padding of a request, which is one of {@code bound} sizes from 1. */
    static Randomness padding(int length) {
        return (target, offset, size) -> {
            if (size != Integer.BYTES) {
                throw new IllegalArgumentException("draw: " + size + " (expected: a padding)");
            }
            ByteBuffer.wrap(target).putInt(offset, Math.max(0, length - 1));
        };
    }

    /** Random bytes that were recorded, in the order in which they are drawn. */
    static Randomness recorded(byte[]... draws) {
        List<byte[]> left = new ArrayList<>(List.of(draws));
        Collections.reverse(left);
        return (target, offset, size) -> {
            byte[] draw = left.remove(left.size() - 1);
            if (draw.length != size) {
                throw new IllegalArgumentException("draw: " + size + " (recorded: " + draw.length + ")");
            }
            System.arraycopy(draw, 0, target, offset, size);
        };
    }
}
