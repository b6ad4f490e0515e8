package dev.reversetunnel.crypto;

import java.security.Provider;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Runs the JDK's AES-GCM in the background for a moment, once in a process, so that the first real bytes do not meet a
 * cold cipher: it starts at 40 MiB/s on Java 17, until the compiler has put in the AES instructions.
 *
 * <p>The compiler puts them in where GCM calls its two halves, the counter mode and the hash, and it counts calls and
 * not bytes. So they are called for one block at a time, which costs least, in bursts with a pause after each: what
 * waits for the compiler raises the number of calls that it asks for. Between the bursts, texts of all odd lengths are
 * sealed and opened: the compiler leaves out what it has never seen, and throws away what it has made when that comes.
 *
 * <p>The hashes that a first stream needs are loaded before, beside all else that starts.
 *
 * <p>The cipher takes 20 ms of this thread's time and 60 ms of the compiler's; whole chunks would take three times as
 * much, and leave the cipher slow for a second. The system property {@value #PROPERTY} switches it off if it is
 * {@code false}.
 */
public final class CipherWarmUp {
    /** Off if {@code false}. */
    public static final String PROPERTY = "dev.reversetunnel.cipherWarmUp";

    private static final int BURSTS = 40;
    private static final int CALLS = 2_000;
    private static final int BLOCK_BYTES = 16;
    private static final int CHUNK_BYTES = 8 * 1024;
    private static final int ODD_BYTES = 40;
    private static final Duration PAUSE = Duration.ofMillis(5);

    /** For one chunk: with the instructions it is far below, without them above. */
    private static final Duration FAST = Duration.ofNanos(50_000);

    private static final AtomicBoolean STARTED = new AtomicBoolean();

    private final byte[] key = new byte[AeadAlgorithm.AES_128_GCM.keyBytes()];
    private final AeadCipher sealer = AeadAlgorithm.AES_128_GCM.cipher(key);
    private final AeadCipher opener = AeadAlgorithm.AES_128_GCM.cipher(key);
    private final NonceCounter nonces = new NonceCounter(new byte[AeadCipher.NONCE_BYTES]);
    private final byte[] plain = new byte[CHUNK_BYTES];
    private final byte[] sealed = new byte[CHUNK_BYTES + AeadCipher.TAG_BYTES];

    private CipherWarmUp() {}

    /**
     * Starts a daemon thread that ends in less than half a second, unless there was one before.
     *
     * @param algorithm what bytes will go through; null if they go unencrypted
     * @param provider of ciphers; null for the JDK's, which alone are cold
     */
    public static void start(@Nullable AeadAlgorithm algorithm, @Nullable Provider provider) {
        if (isWanted(algorithm, provider, System.getProperty(PROPERTY)) && STARTED.compareAndSet(false, true)) {
            // No inherited thread locals and no class loader of the caller's: nothing of an application is held on to.
            Thread thread = new Thread(null, CipherWarmUp::run, "reversetunnel-cipher-warm-up", 0, false);
            thread.setContextClassLoader(null);
            thread.setDaemon(true);
            thread.start();
        }
    }

    static boolean isWanted(@Nullable AeadAlgorithm algorithm, @Nullable Provider provider, @Nullable String setting) {
        boolean isGcm = algorithm == AeadAlgorithm.AES_128_GCM || algorithm == AeadAlgorithm.AES_256_GCM;
        return isGcm && provider == null && !"false".equals(setting);
    }

    static void run() {
        CipherWarmUp warmUp = new CipherWarmUp();
        loadHashes(warmUp.key);
        for (int burst = 0; burst < BURSTS && !warmUp.isFast(); burst++) {
            warmUp.sealAndOpen();
            warmUp.callHalves();
            LockSupport.parkNanos(PAUSE.toNanos());
        }
    }

    /**
     * Bouncy Castle's jar is large and signed: its first class takes longer than all that a first stream needs else.
     */
    private static void loadHashes(byte[] seed) {
        new Shake128(seed).nextU16();
    }

    private void sealAndOpen() {
        for (int length = 0; length < ODD_BYTES; length += 3) {
            byte[] nonce = nonces.next();
            byte[] aad = length % 2 == 0 ? key : null;
            int bytes = sealer.seal(nonce, aad, plain, 0, length, sealed, 0);
            try {
                opener.open(nonce, aad, sealed, 0, bytes, plain, 0);
            } catch (BadTagException e) {
                throw new IllegalStateException("AES-GCM does not open what it sealed", e);
            }
        }
    }

    /** Each update of a whole block is a call of either half, and nothing is checked or made anew in between. */
    private void callHalves() {
        sealer.sealAway(nonces.next(), plain, BLOCK_BYTES, CALLS, sealed);
    }

    private boolean isFast() {
        long begin = System.nanoTime();
        sealer.seal(nonces.next(), null, plain, 0, CHUNK_BYTES, sealed, 0);
        return System.nanoTime() - begin < FAST.toNanos();
    }
}
