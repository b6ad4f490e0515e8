package dev.reversetunnel.peers;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A UDP association of a SOCKS5 proxy at 127.0.0.1: datagrams to and from any number of targets. */
public final class Socks5Association implements AutoCloseable {
    private final Socket control;
    private final DatagramClient socket;
    private final int relay;

    /**
     * What a datagram was and where it came from.
     *
     * @param host as the proxy writes it
     * @param port of the source
     * @param text ASCII
     */
    public record Answer(String host, int port, String text) {}

    private Socks5Association(Socket control, DatagramClient socket, int relay) {
        this.control = control;
        this.socket = socket;
        this.relay = relay;
    }

    static Socks5Association open(Socket control, int relay) throws IOException {
        return new Socks5Association(control, DatagramClient.open(), relay);
    }

    /**
     * Sends a datagram.
     *
     * @param host an address, or a name for the proxy to resolve
     * @param port of the target
     * @param text ASCII
     * @throws IOException if the system refuses
     */
    public void send(String host, int port, String text) throws IOException {
        ByteArrayOutputStream datagram = new ByteArrayOutputStream();
        DataOutputStream output = new DataOutputStream(datagram);
        output.writeShort(0);
        output.writeByte(0); // no fragment
        Socks5.writeAddress(output, host, port);
        output.writeBytes(text);
        socket.send(relay, datagram.toByteArray());
    }

    /**
     * Waits for the next datagram.
     *
     * @return it
     * @throws IOException if nothing comes within {@link Client#PATIENCE}
     */
    public Answer receive() throws IOException {
        DataInputStream input = new DataInputStream(new ByteArrayInputStream(socket.receive()));
        int reserved = input.readUnsignedShort();
        int fragment = input.readUnsignedByte();
        if (reserved != 0 || fragment != 0) {
            throw new IOException("reserved and fragment: " + reserved + ", " + fragment + " (expected: 0, 0)");
        }
        String host = Socks5.readHost(input);
        return new Answer(host, input.readUnsignedShort(), new String(input.readAllBytes(), StandardCharsets.US_ASCII));
    }

    /**
     * Where the proxy takes datagrams, at 127.0.0.1.
     *
     * @return 1 to 65535
     */
    public int relayPort() {
        return relay;
    }

    /**
     * The connection that keeps the association alive.
     *
     * @return open
     */
    public Socket control() {
        return control;
    }

    /** Ends the association. */
    @Override
    public void close() throws IOException {
        socket.close();
        control.close();
    }
}
