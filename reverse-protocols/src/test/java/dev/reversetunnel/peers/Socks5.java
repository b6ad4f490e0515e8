package dev.reversetunnel.peers;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * A client of SOCKS5 proxies at 127.0.0.1, TCP and UDP.
 *
 * @param port of the proxy
 * @param user empty: none, and the proxy must not want one
 * @param password the user's
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1929">RFC 1929</a>
 */
public record Socks5(int port, String user, String password) {
    static final int IPV4 = 1;
    static final int DOMAIN = 3;
    static final int IPV6 = 4;

    private static final int VERSION = 5;
    private static final int NO_AUTHENTICATION = 0;
    private static final int PASSWORD = 2;
    private static final int PASSWORD_VERSION = 1;
    private static final int CONNECT = 1;
    private static final int UDP_ASSOCIATE = 3;

    /** The proxy said no. */
    public static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1;
        private final int code;

        RefusedException(String step, int code) {
            super(step + ": " + code + " (expected: 0)");
            this.code = code;
        }

        /**
         * Its words.
         *
         * @return the reply field of RFC 1928; the status of RFC 1929; 255 if no method of authentication was right
         */
        public int code() {
            return code;
        }
    }

    /**
     * A proxy without users.
     *
     * @param port at 127.0.0.1
     * @return its client
     */
    public static Socks5 at(int port) {
        return new Socks5(port, "", "");
    }

    /**
     * The same, as a user.
     *
     * @param name 1 to 255 characters
     * @param secret 1 to 255 characters
     * @return a changed copy
     */
    public Socks5 as(String name, String secret) {
        return new Socks5(port, name, secret);
    }

    /**
     * Connects.
     *
     * @param host an address, or a name for the proxy to resolve
     * @param targetPort 1 to 65535
     * @return carries the target's bytes, for the methods of {@link Client}
     * @throws RefusedException if the proxy refuses
     * @throws IOException if the proxy ends the connection
     */
    public Socket connect(String host, int targetPort) throws IOException {
        Socket socket = Client.connect(port);
        try {
            request(socket, CONNECT, host, targetPort);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * Connects by a connection that is there already.
     *
     * @param proxy connected to the proxy; carries the target's bytes from now on
     * @param host an address, or a name for the proxy to resolve
     * @param targetPort 1 to 65535
     * @throws RefusedException if the proxy refuses
     * @throws IOException if the proxy ends the connection
     */
    public void connect(Socket proxy, String host, int targetPort) throws IOException {
        request(proxy, CONNECT, host, targetPort);
    }

    /**
     * Opens a UDP association.
     *
     * @return open as long as its TCP connection is
     * @throws RefusedException if the proxy refuses
     * @throws IOException if the proxy ends the connection
     */
    public Socks5Association associate() throws IOException {
        Socket socket = Client.connect(port);
        try {
            // RFC 1928, 6: zeros if the client does not know yet what it will send from
            return Socks5Association.open(socket, request(socket, UDP_ASSOCIATE, "0.0.0.0", 0));
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /** Returns the port that the proxy has bound. */
    private int request(Socket socket, int command, String host, int targetPort) throws IOException {
        DataInputStream input = new DataInputStream(socket.getInputStream());
        authenticate(socket, input);
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        request.write(VERSION);
        request.write(command);
        request.write(0);
        writeAddress(new DataOutputStream(request), host, targetPort);
        socket.getOutputStream().write(request.toByteArray());
        expectVersion(VERSION, input.readUnsignedByte());
        int reply = input.readUnsignedByte();
        if (reply != 0) {
            throw new RefusedException("reply", reply);
        }
        input.readUnsignedByte();
        readHost(input);
        return input.readUnsignedShort();
    }

    private void authenticate(Socket socket, DataInputStream input) throws IOException {
        int method = user.isEmpty() ? NO_AUTHENTICATION : PASSWORD;
        socket.getOutputStream().write(new byte[] {VERSION, 1, (byte) method});
        expectVersion(VERSION, input.readUnsignedByte());
        int chosen = input.readUnsignedByte();
        if (chosen != method) {
            throw new RefusedException("method", chosen);
        }
        if (method == PASSWORD) {
            ByteArrayOutputStream login = new ByteArrayOutputStream();
            login.write(PASSWORD_VERSION);
            login.write(user.length());
            login.writeBytes(user.getBytes(StandardCharsets.US_ASCII));
            login.write(password.length());
            login.writeBytes(password.getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(login.toByteArray());
            expectVersion(PASSWORD_VERSION, input.readUnsignedByte());
            int status = input.readUnsignedByte();
            if (status != 0) {
                throw new RefusedException("status", status);
            }
        }
    }

    private static void expectVersion(int expected, int version) throws IOException {
        if (version != expected) {
            throw new IOException("version: " + version + " (expected: " + expected + ")");
        }
    }

    static void writeAddress(DataOutputStream output, String host, int port) throws IOException {
        boolean numeric = host.indexOf(':') >= 0 || host.matches("[0-9.]+");
        byte[] address = numeric ? InetAddress.getByName(host).getAddress() : host.getBytes(StandardCharsets.US_ASCII);
        if (numeric) {
            output.write(address.length == 4 ? IPV4 : IPV6);
        } else {
            output.write(DOMAIN);
            output.write(address.length);
        }
        output.write(address);
        output.writeShort(port);
    }

    static String readHost(DataInputStream input) throws IOException {
        int type = input.readUnsignedByte();
        return switch (type) {
            case IPV4 -> InetAddress.getByAddress(input.readNBytes(4)).getHostAddress();
            case DOMAIN -> new String(input.readNBytes(input.readUnsignedByte()), StandardCharsets.US_ASCII);
            case IPV6 -> InetAddress.getByAddress(input.readNBytes(16)).getHostAddress();
            default -> throw new IOException("address type: " + type + " (expected: 1, 3 or 4)");
        };
    }
}
