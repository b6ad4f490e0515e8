package dev.reversetunnel.peers;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/**
 * The head of a connection in the PROXY protocol: who stands behind whoever connects.
 *
 * @param version 1 or 2
 * @param source where the user comes from
 * @param destination where the user went to
 * @see <a href="https://www.haproxy.org/download/2.9/doc/proxy-protocol.txt">The PROXY protocol</a>
 */
public record ProxyHeader(int version, InetSocketAddress source, InetSocketAddress destination) {
    private static final byte[] SIGNATURE = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a");
    private static final int PROXY = 0x21;
    private static final int TCP4 = 0x11;
    private static final int TCP6 = 0x21;
    /** The longest line of version 1. */
    private static final int LINE = 107;

    /**
     * For a client of something that wants one.
     *
     * @param source where the user comes from, IPv4
     * @param destination where the user went to, IPv4
     * @return the bytes of version 1
     */
    public static byte[] line(InetSocketAddress source, InetSocketAddress destination) {
        return "PROXY TCP4 %s %s %d %d\r\n"
                .formatted(
                        source.getAddress().getHostAddress(),
                        destination.getAddress().getHostAddress(),
                        source.getPort(),
                        destination.getPort())
                .getBytes(StandardCharsets.US_ASCII);
    }

    /** Reads one of either version. */
    static ProxyHeader read(DataInputStream input) throws IOException {
        int first = input.readUnsignedByte();
        return first == 'P' ? readLine(input) : readBinary(first, input);
    }

    private static ProxyHeader readLine(DataInputStream input) throws IOException {
        StringBuilder line = new StringBuilder("P");
        while (line.length() < LINE && line.charAt(line.length() - 1) != '\n') {
            line.append((char) input.readUnsignedByte());
        }
        String[] words = line.toString().strip().split(" ", -1);
        if (words.length != 6 || !words[0].equals("PROXY")) {
            throw new IOException("PROXY header: \"" + line.toString().strip() + "\" (expected: six words)");
        }
        return new ProxyHeader(1, address(words[2], words[4]), address(words[3], words[5]));
    }

    private static InetSocketAddress address(String host, String port) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(host), Integer.parseInt(port));
    }

    private static ProxyHeader readBinary(int first, DataInputStream input) throws IOException {
        for (int i = 0; i < SIGNATURE.length; i++) {
            int next = i == 0 ? first : input.readUnsignedByte();
            if (next != SIGNATURE[i]) {
                throw new IOException("PROXY header, byte " + i + ": " + next + " (expected: " + SIGNATURE[i] + ")");
            }
        }
        int command = input.readUnsignedByte();
        int family = input.readUnsignedByte();
        int length = input.readUnsignedShort();
        if (command != PROXY || (family != TCP4 && family != TCP6)) {
            throw new IOException(
                    "PROXY header, command and family: " + command + ", " + family + " (expected: 33, and 17 or 33)");
        }
        int size = family == TCP4 ? 4 : 16;
        InetAddress source = InetAddress.getByAddress(input.readNBytes(size));
        InetAddress destination = InetAddress.getByAddress(input.readNBytes(size));
        int sourcePort = input.readUnsignedShort();
        int destinationPort = input.readUnsignedShort();
        input.skipNBytes(length - 2L * size - 4);
        return new ProxyHeader(
                2, new InetSocketAddress(source, sourcePort), new InetSocketAddress(destination, destinationPort));
    }
}
