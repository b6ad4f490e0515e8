package dev.reversetunnel;

import dev.reversetunnel.testkit.Hex;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/** Frames as bytes, right ones and wrong ones: an encoder would not write the latter. */
final class HostileFrames {
    private HostileFrames() {}

    /** A frame whose metadata says that it has another length than it has. */
    static byte[] metadata(int length, String hex) {
        byte[] frame = Arrays.copyOf(new byte[] {(byte) (length >> 8), (byte) length}, 2 + length);
        byte[] start = Hex.bytes(hex);
        System.arraycopy(start, 0, frame, 2, Math.min(start.length, length));
        return frame;
    }

    static byte[] frame(String hex) {
        return metadata(Hex.bytes(hex).length, hex);
    }

    static String id(int id) {
        return String.format("%04x", id);
    }

    static String name(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return String.format("02 %02x ", bytes.length) + HexFormat.of().formatHex(bytes);
    }

    /** New for {@code tcp:web:80}. */
    static byte[] open(int id) {
        return frame(id(id) + "01 00 01 0050 " + name("web"));
    }

    /** New for each id from {@code first} on. */
    static byte[] opened(int first, int count) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int id = first; id < first + count; id++) {
            all.writeBytes(open(id));
        }
        return all.toByteArray();
    }

    /** New with the extension. */
    static byte[] extended(int id, String host) {
        return frame(id(id) + "01 04 01 0050 " + name(host));
    }

    static byte[] keep(int id, int length) {
        return join(frame(id(id) + "0201"), data(length));
    }

    /** A length, and as many zeros. */
    static byte[] data(int length) {
        return Arrays.copyOf(new byte[] {(byte) (length >> 8), (byte) length}, 2 + length);
    }

    /** A record of the extension in a frame of its own. */
    static byte[] record(int id, String hex) {
        byte[] record = Hex.bytes(hex);
        return join(frame(id(id) + "0401"), new byte[] {(byte) (record.length >> 8), (byte) record.length}, record);
    }

    /** A peer of our own make, so far: {@code credit} for each session, no wishes, no name. */
    static byte[] hello(int credit) {
        String node = "00112233445566778899aabbccddeeff";
        return record(0, "52545831" + String.format("%08x", credit) + "00000000" + node + "0000018f00000000 0000 0000");
    }

    static byte[] times(int count, byte[] frame) {
        byte[] all = new byte[count * frame.length];
        for (int i = 0; i < count; i++) {
            System.arraycopy(frame, 0, all, i * frame.length, frame.length);
        }
        return all;
    }

    static byte[] join(byte[]... parts) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }
}
