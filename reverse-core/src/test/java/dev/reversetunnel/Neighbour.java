package dev.reversetunnel;

import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * A well-behaved user of an echo behind a tunnel: wants a hundred answers of 4 KiB a second, each behind the last,
 * which is a small part of what he could get. So what others do to him shows, and not that they, too, use processors:
 * on a machine that has two of them for all, a user who takes whatever he can get has less beside anybody.
 */
public final class Neighbour implements AutoCloseable {
    private static final Duration PACE = Duration.ofMillis(10);
    private static final int BYTES = 4 * 1024;
    private static final int TIMEOUT_MILLIS = 30_000;

    private final Socket socket;
    private final DataInputStream in;
    private byte filling;

    /**
     * Comes to a port.
     *
     * @param port at 127.0.0.1
     * @param opening what the origin wants to hear first, and echoes
     * @throws IOException if he is not served
     */
    public Neighbour(int port, byte... opening) throws IOException {
        socket = new Socket();
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        socket.setSoTimeout(TIMEOUT_MILLIS);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        socket.getOutputStream().write(opening);
        in.readFully(new byte[opening.length]);
    }

    /**
     * What he gets.
     *
     * @param answers whole and right ones
     * @param wanted what he would have liked
     * @param slowest of all answers
     */
    public record Speed(int answers, long wanted, Duration slowest) {
        /** Of what he wants. */
        public double part() {
            return (double) answers / wanted;
        }

        @Override
        public String toString() {
            return answers + " of " + wanted + " answers, the slowest in " + slowest.toMillis() + " ms";
        }
    }

    /** Asks for so long. Who falls behind may catch up. */
    public Speed asks(Duration time) throws IOException {
        byte[] answer = new byte[BYTES];
        long slowest = 0;
        int answers = 0;
        long began = System.nanoTime();
        for (long next = began; System.nanoTime() - began < time.toNanos(); next += PACE.toNanos()) {
            LockSupport.parkNanos(next - System.nanoTime());
            byte[] asked = new byte[BYTES];
            Arrays.fill(asked, ++filling);
            long sent = System.nanoTime();
            socket.getOutputStream().write(asked);
            in.readFully(answer);
            if (!Arrays.equals(asked, answer)) {
                throw new IOException("an answer that is not his: " + answer[0] + " (expected: " + filling + ")");
            }
            slowest = Math.max(slowest, System.nanoTime() - sent);
            answers++;
        }
        return new Speed(answers, time.dividedBy(PACE), Duration.ofNanos(slowest));
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
