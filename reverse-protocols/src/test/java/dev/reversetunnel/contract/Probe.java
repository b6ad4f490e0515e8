package dev.reversetunnel.contract;

import dev.reversetunnel.peers.Client;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Somebody who knocks at a port to find out what listens there. */
final class Probe {
    private static final Duration SLOWLY = Duration.ofMillis(300);

    /** How bytes are sent. */
    enum Manner {
        /** All at once, and then he waits. */
        AT_ONCE,
        /** One after another. */
        BYTE_BY_BYTE,
        /** All at once, and then he ends his output. */
        HALF_CLOSED
    }

    /** How a connection ended. */
    enum Ending {
        FIN,
        RESET,
        NEVER
    }

    /**
     * What he saw.
     *
     * @param probe his name
     * @param answered how many bytes came back
     * @param ending how the connection ended
     * @param after how long it was there
     */
    record Sight(String probe, long answered, Ending ending, Duration after) {
        /** Whether he ended his output. */
        boolean isHalfClosed() {
            return probe.startsWith("half-closed");
        }

        /** Whether he left without having said anything. */
        boolean isSilent() {
            return probe.equals("half-closed, nothing");
        }
    }

    private final String name;
    private final byte[] bytes;
    private final Manner manner;
    private boolean wasReset; // of the sender's, seen after it was joined

    /** Who is called {@code name} in messages, and sends {@code bytes} in that manner. */
    Probe(String name, byte[] bytes, Manner manner) {
        this.name = name;
        this.bytes = bytes;
        this.manner = manner;
    }

    /** Knocks, and looks until the connection ends, or for a while longer than the deadline. */
    Sight at(int port, Duration deadline) throws IOException, InterruptedException {
        try (Socket socket = Client.connect(port)) {
            long start = System.nanoTime();
            socket.setSoTimeout((int) deadline.plusSeconds(3).toMillis());
            CountDownLatch over = new CountDownLatch(1);
            Thread sender = new Thread(() -> send(socket, over), "probe");
            sender.setDaemon(true);
            sender.start();
            long answered = 0;
            Ending ending = Ending.FIN;
            try {
                InputStream input = socket.getInputStream();
                while (input.read() >= 0) {
                    answered++;
                }
            } catch (SocketTimeoutException e) {
                ending = Ending.NEVER;
            } catch (IOException e) {
                ending = Ending.RESET;
            }
            Duration after = Duration.ofNanos(System.nanoTime() - start);
            over.countDown();
            sender.join();
            return new Sight(name, answered, wasReset ? Ending.RESET : ending, after);
        }
    }

    private void send(Socket socket, CountDownLatch over) {
        try {
            OutputStream output = socket.getOutputStream();
            if (manner == Manner.BYTE_BY_BYTE) {
                for (byte next : bytes) {
                    output.write(next);
                    if (over.await(SLOWLY.toMillis(), TimeUnit.MILLISECONDS)) {
                        return;
                    }
                }
            } else {
                output.write(bytes);
            }
            if (manner == Manner.HALF_CLOSED) {
                socket.shutdownOutput();
            }
        } catch (IOException e) {
            // A reset is told to one of the two, the other sees an end.
            wasReset = String.valueOf(e.getMessage()).contains("reset");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
