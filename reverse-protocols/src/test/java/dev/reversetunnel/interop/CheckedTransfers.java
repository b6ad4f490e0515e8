package dev.reversetunnel.interop;

import dev.reversetunnel.peers.Client;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketException;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** Up and down, with checksums: what arrives is right, or its user sees that it broke. */
final class CheckedTransfers {
    private final AtomicLong right = new AtomicLong();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong broken = new AtomicLong();
    private final Queue<String> wrong = new ConcurrentLinkedQueue<>();

    /** One more; whether it came to its end. Else its user saw an error. */
    boolean go(int port, long largest, SplittableRandom random) {
        long size = 1 + random.nextLong(largest);
        boolean whole = go(port, size, random.nextLong(), random.nextBoolean());
        if (!whole) {
            broken.incrementAndGet();
        }
        return whole;
    }

    private boolean go(int port, long size, long seed, boolean up) {
        try {
            String expected = Client.sha256(size, seed);
            if (up) {
                judge(Client.upload(port, size, seed).equals(expected), size, "upload");
                return true;
            }
            Client.Transfer transfer = Client.download(port, size, seed);
            if (transfer.end() == Client.End.RESET) {
                return false;
            }
            judge(transfer.sha256().equals(expected), size, "download, of which " + transfer.bytes() + " came");
            return true;
        } catch (EOFException | SocketException e) {
            return false; // of an upload without a digest nobody believes that it was whole
        } catch (IOException e) {
            wrong.add(e + " of " + size + " bytes");
            return true;
        }
    }

    private void judge(boolean equal, long size, String what) {
        if (equal) {
            right.incrementAndGet();
            bytes.addAndGet(size);
        } else {
            wrong.add(what + " of " + size + " bytes");
        }
    }

    long right() {
        return right.get();
    }

    long broken() {
        return broken.get();
    }

    /** Those that were neither right nor broken for their users' eyes. */
    Queue<String> wrong() {
        return wrong;
    }

    @Override
    public String toString() {
        return right + " transfers right, " + (bytes.get() >> 20) + " MiB, " + broken + " broken and seen so, "
                + wrong.size() + " wrong";
    }
}
