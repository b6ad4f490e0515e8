package dev.reversetunnel.websocket;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** A stranger who speaks HTTP and frames byte by byte, by hand, so that he can break every rule. */
final class Talker implements AutoCloseable {
    /** The example of RFC 6455, 1.3. */
    static final String KEY = "dGhlIHNhbXBsZSBub25jZQ==";

    static final String ACCEPT = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

    final Socket socket;
    private final DataInputStream in;

    Talker(Socket socket) throws IOException {
        this.socket = socket;
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
    }

    static Talker dial(int port) throws IOException {
        return new Talker(new Socket(InetAddress.getLoopbackAddress(), port));
    }

    static String request(String path, String... headers) {
        StringBuilder text = new StringBuilder("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n");
        for (String header : headers) {
            text.append(header).append("\r\n");
        }
        return text.append("\r\n").toString();
    }

    static String upgrade(String path, String... more) {
        String[] headers = new String[4 + more.length];
        headers[0] = "Connection: Upgrade";
        headers[1] = "Upgrade: websocket";
        headers[2] = "Sec-WebSocket-Version: 13";
        headers[3] = "Sec-WebSocket-Key: " + KEY;
        System.arraycopy(more, 0, headers, 4, more.length);
        return request(path, headers);
    }

    void say(String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    /** Spaces and bars are for the eye. */
    void sayHex(String hex) throws IOException {
        socket.getOutputStream().write(bytes(hex));
    }

    static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replaceAll("[ |]", ""));
    }

    /** To the empty line. */
    String head() throws IOException {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        String text = "";
        while (!text.endsWith("\r\n\r\n")) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException(text);
            }
            head.write(next);
            text = head.toString(StandardCharsets.ISO_8859_1);
        }
        return text;
    }

    String hear(int bytes) throws IOException {
        byte[] heard = new byte[bytes];
        in.readFully(heard);
        return new String(heard, StandardCharsets.ISO_8859_1);
    }

    String hearHex(int bytes) throws IOException {
        byte[] heard = new byte[bytes];
        in.readFully(heard);
        return HexFormat.of().formatHex(heard);
    }

    byte[] rest() throws IOException {
        return in.readAllBytes();
    }

    Talker upgraded(String path) throws IOException {
        say(upgrade(path));
        head();
        return this;
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
