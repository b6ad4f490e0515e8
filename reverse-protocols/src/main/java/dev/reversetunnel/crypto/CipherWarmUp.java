package dev.reversetunnel.crypto;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Runs AES-GCM in the background for a moment, once in a process, so that the first real bytes do not meet a cold
 * cipher: on Java 17 it starts at 40 MiB/s, until the compiler has put in the AES instructions.
 *
 * <p>The compiler counts calls and not bytes, and until then a byte costs most: thousands of small chunks bring it
 * about within 0.2 seconds, chunks of a real size within 1.2. The latter follow for the loops inside.
 */
public final class CipherWarmUp {
    private static final Duration LONGEST = Duration.ofMillis(2_500);
    private static final int SMALL_ROUNDS = 12_000;
    private static final int ROUNDS = 20_000;
    private static final int SMALL_BYTES = 64;
    private static final int CHUNK_BYTES = 16 * 1024;
    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private CipherWarmUp() {}

    /** Starts a daemon thread of the lowest priority that ends within 2.5 seconds; from the second call on, nothing. */
    @SuppressWarnings("ThreadPriorityCheck") // nothing depends on it; where it means something, real work goes first
    public static void start() {
        if (STARTED.compareAndSet(false, true)) {
            // No inherited thread locals and no class loader of the caller's: nothing of an application is held on to.
            Thread thread = new Thread(null, CipherWarmUp::run, "reversetunnel-cipher-warm-up", 0, false);
            thread.setContextClassLoader(null);
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            thread.start();
        }
    }

    private static void run() {
        byte[] key = new byte[AeadAlgorithm.AES_128_GCM.keyBytes()];
        AeadCipher sealer = AeadAlgorithm.AES_128_GCM.cipher(key);
        AeadCipher opener = AeadAlgorithm.AES_128_GCM.cipher(key);
        NonceCounter nonces = new NonceCounter(new byte[AeadCipher.NONCE_BYTES]);
        byte[] plain = new byte[CHUNK_BYTES];
        byte[] sealed = new byte[CHUNK_BYTES + AeadCipher.TAG_BYTES];
        long start = System.nanoTime();
        for (int round = 0; round < ROUNDS && System.nanoTime() - start < LONGEST.toNanos(); round++) {
            byte[] nonce = nonces.next();
            int size = round < SMALL_ROUNDS ? SMALL_BYTES : CHUNK_BYTES;
            int length = sealer.seal(nonce, null, plain, 0, size, sealed, 0);
            try {
                opener.open(nonce, null, sealed, 0, length, plain, 0);
            } catch (BadTagException e) {
                throw new IllegalStateException("AES-GCM does not open what it sealed", e);
            }
        }
    }
}
