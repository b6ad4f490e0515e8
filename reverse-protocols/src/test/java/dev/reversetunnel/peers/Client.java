package dev.reversetunnel.peers;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;

/**
 * A user in front of tunnels, at 127.0.0.1: what it asks for, an {@link Origin} knows how to answer.
 *
 * <p>Whoever waits longer than {@link #PATIENCE} for bytes gets a {@link java.net.SocketTimeoutException}: that is
 * neither {@link End}.
 */
public final class Client {
    /** How long a read waits. */
    public static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How a connection ended, seen from here. */
    public enum End {
        /** A FIN: all that was sent has arrived. */
        CLEAN,
        /** A reset. */
        RESET
    }

    /**
     * What arrived until a connection ended.
     *
     * @param bytes how many
     * @param sha256 of them, in lower-case hex
     * @param end how it ended
     */
    public record Transfer(long bytes, String sha256, End end) {}

    private Client() {}

    /**
     * A connection for tests that need one of their own.
     *
     * @param port at 127.0.0.1
     * @return connected, reads limited to {@link #PATIENCE}
     * @throws IOException if refused
     */
    public static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        try {
            socket.setTcpNoDelay(true);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), (int) PATIENCE.toMillis());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }

    /**
     * One HTTP GET on a connection of its own.
     *
     * @param port at 127.0.0.1
     * @return the body, {@link Origin#BODY} from an {@link Origin}
     * @throws IOException if the connection ends before the answer is whole, or the status is not 200
     */
    public static String get(int port) throws IOException {
        try (Socket socket = connect(port)) {
            write(socket, "GET / HTTP/1.1\r\nHost: origin\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            // ISO 8859-1: a character is a byte, so that the body's length can be counted in either
            BufferedReader reader =
                    new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.ISO_8859_1));
            String status = reader.readLine();
            if (status == null || !status.startsWith("HTTP/1.1 200 ")) {
                throw new IOException("status line: " + status + " (expected: HTTP/1.1 200)");
            }
            int length = 0;
            for (String line = reader.readLine(); line != null && !line.isEmpty(); line = reader.readLine()) {
                if (line.startsWith("Content-Length: ")) {
                    length = Integer.parseInt(line.substring("Content-Length: ".length()));
                }
            }
            char[] body = new char[length];
            for (int read = 0; read < length; ) {
                int more = reader.read(body, read, length - read);
                if (more < 0) {
                    throw new IOException("body: " + read + " bytes (expected: " + length + ")");
                }
                read += more;
            }
            return new String(body);
        }
    }

    /**
     * Sends bytes to be echoed and waits until as many have come back.
     *
     * @param socket from {@link #connect}
     * @param text ASCII
     * @return what came back
     * @throws IOException if the connection ends before
     */
    public static String echo(Socket socket, String text) throws IOException {
        byte[] sent = (Origin.ECHO + text).getBytes(StandardCharsets.US_ASCII);
        write(socket, sent);
        byte[] back = new byte[sent.length];
        new DataInputStream(socket.getInputStream()).readFully(back);
        return new String(back, 1, back.length - 1, StandardCharsets.US_ASCII);
    }

    /**
     * Fetches seeded bytes and reads to the end of the connection.
     *
     * @param port at 127.0.0.1
     * @param bytes how many
     * @param seed of the bytes
     * @return what arrived; compare with {@link #sha256}
     * @throws IOException if the connection is refused, or silent for too long
     */
    public static Transfer download(int port, long bytes, long seed) throws IOException {
        try (Socket socket = connect(port)) {
            askForDownload(socket, bytes, seed);
            return readToEnd(socket);
        }
    }

    /**
     * Asks for seeded bytes and does not read them: for clients that are slow, or go away in the middle.
     *
     * @param socket from {@link #connect}
     * @param bytes how many
     * @param seed of the bytes
     * @throws IOException if it is closed
     */
    public static void askForDownload(Socket socket, long bytes, long seed) throws IOException {
        ByteArrayOutputStream request = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(request);
        data.writeByte(Origin.DOWNLOAD);
        data.writeLong(bytes);
        data.writeLong(seed);
        write(socket, request.toByteArray());
    }

    /**
     * Sends seeded bytes.
     *
     * @param port at 127.0.0.1
     * @param bytes how many
     * @param seed of the bytes
     * @return the SHA-256 of what the origin has received, in lower-case hex; compare with {@link #sha256}
     * @throws IOException if the connection ends before the answer
     */
    public static String upload(int port, long bytes, long seed) throws IOException {
        try (Socket socket = connect(port)) {
            return upload(socket, bytes, seed);
        }
    }

    /**
     * Sends seeded bytes on a connection that is there.
     *
     * @param socket from {@link #connect}
     * @param bytes how many
     * @param seed of the bytes
     * @return the SHA-256 of what the origin has received, in lower-case hex; compare with {@link #sha256}
     * @throws IOException if the connection ends before the answer
     */
    public static String upload(Socket socket, long bytes, long seed) throws IOException {
        return upload(socket, Origin.UPLOAD, bytes, seed);
    }

    /**
     * As {@link #upload(Socket, long, long)}, to an origin that takes it only when it is told to go on.
     *
     * @param socket from {@link #connect}
     * @param bytes how many
     * @param seed of the bytes
     * @return the SHA-256 of what the origin has received, in lower-case hex; compare with {@link #sha256}
     * @throws IOException if the connection ends before the answer
     */
    public static String uploadToPaused(Socket socket, long bytes, long seed) throws IOException {
        return upload(socket, Origin.PAUSED_UPLOAD, bytes, seed);
    }

    private static String upload(Socket socket, char wish, long bytes, long seed) throws IOException {
        DataOutputStream output = new DataOutputStream(socket.getOutputStream());
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        DataOutputStream data = new DataOutputStream(head);
        data.writeByte(wish);
        data.writeLong(bytes);
        output.write(head.toByteArray());
        new SeededBytes(bytes, seed).writeTo(output);
        byte[] digest = new byte[32];
        new DataInputStream(socket.getInputStream()).readFully(digest);
        return HexFormat.of().formatHex(digest);
    }

    /**
     * As {@code printf ... | nc -N}: sends seeded bytes, ends the output right behind them, and reads the answer.
     *
     * @param port at 127.0.0.1
     * @param bytes how many are sent
     * @param seed of them
     * @param untilEnd whether the origin waits for the end, which not every way carries; else for the bytes
     * @param answer how many bytes the answer has
     * @param answerSeed of them
     * @param pause before the answer
     * @return the answer; compare with {@link #sha256}
     * @throws IOException if the connection is refused, or silent for too long
     */
    public static Transfer sayAllThenListen(
            int port, long bytes, long seed, boolean untilEnd, long answer, long answerSeed, Duration pause)
            throws IOException {
        try (Socket socket = connect(port)) {
            ByteArrayOutputStream request = new ByteArrayOutputStream();
            DataOutputStream data = new DataOutputStream(request);
            data.writeByte(untilEnd ? Origin.ANSWER_AT_END : Origin.ANSWER);
            data.writeLong(bytes);
            data.writeLong(answer);
            data.writeLong(answerSeed);
            data.writeLong(pause.toMillis());
            new SeededBytes(bytes, seed).writeTo(data);
            write(socket, request.toByteArray());
            socket.shutdownOutput();
            return readToEnd(socket);
        }
    }

    /**
     * Asks the origin to reset the connection, and reads to its end.
     *
     * @param port at 127.0.0.1
     * @return how the reset arrived here
     * @throws IOException if the connection is refused, or silent for too long
     */
    public static End askForReset(int port) throws IOException {
        try (Socket socket = connect(port)) {
            write(socket, new byte[] {Origin.RESET});
            return readToEnd(socket).end();
        }
    }

    /**
     * Makes the origin leave everything unread from here on.
     *
     * @param socket from {@link #connect}
     * @throws IOException if it is closed
     */
    public static void askNeverToRead(Socket socket) throws IOException {
        write(socket, new byte[] {Origin.NEVER_READ});
    }

    /**
     * Connects, says something and reads to the end, where the answer may be a reset at once: it may arrive before the
     * words are written, and even before the connection is reported as made.
     *
     * @param port at 127.0.0.1
     * @param words the first bytes, or none
     * @return what arrived, and how it ended
     * @throws IOException if nobody listens there, or whoever does is silent for too long
     */
    public static Transfer knock(int port, int... words) throws IOException {
        try (Socket socket = connect(port)) {
            for (int word : words) {
                socket.getOutputStream().write(word);
            }
            return readToEnd(socket);
        } catch (ConnectException e) {
            throw e;
        } catch (SocketException e) {
            return new Transfer(0, "", End.RESET);
        }
    }

    /**
     * Reads until the connection ends.
     *
     * @param socket from {@link #connect}
     * @return what arrived from now on, and how it ended
     * @throws IOException if it is silent for too long
     */
    public static Transfer readToEnd(Socket socket) throws IOException {
        MessageDigest digest = SeededBytes.newDigest();
        byte[] block = new byte[64 * 1024];
        long bytes = 0;
        End end = End.CLEAN;
        try {
            InputStream input = socket.getInputStream();
            for (int read = input.read(block); read >= 0; read = input.read(block)) {
                digest.update(block, 0, read);
                bytes += read;
            }
        } catch (SocketException e) {
            end = End.RESET;
        }
        return new Transfer(bytes, HexFormat.of().formatHex(digest.digest()), end);
    }

    /**
     * The SHA-256 that seeded bytes must have.
     *
     * @param bytes how many
     * @param seed of the bytes
     * @return in lower-case hex
     */
    public static String sha256(long bytes, long seed) {
        return new SeededBytes(bytes, seed).sha256();
    }

    /** In one write, so that it travels in one piece. */
    private static void write(Socket socket, byte[] bytes) throws IOException {
        OutputStream output = socket.getOutputStream();
        output.write(bytes);
        output.flush();
    }
}
