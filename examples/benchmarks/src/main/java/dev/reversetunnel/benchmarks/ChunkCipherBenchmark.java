package dev.reversetunnel.benchmarks;

import java.security.GeneralSecurityException;
import java.util.concurrent.TimeUnit;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * The JDK's ciphers alone, as chunked protocols use them: a new nonce for each chunk. What a protocol's handlers need
 * beyond this is theirs.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@SuppressWarnings("NullAway.Init") // JMH fills in the parameters, then calls prepare()
public class ChunkCipherBenchmark {
    private static final int TAG_BYTES = 16;

    /** As the JDK names them. */
    @Param({"AES/GCM/NoPadding", "ChaCha20-Poly1305"})
    public String cipher;

    /** Bytes of plain text in a chunk. */
    @Param({"64", "1400", "16384"})
    public int bytes;

    private final byte[] nonce = new byte[12];
    private SecretKeySpec key;
    private byte[] plain;
    private byte[] sealed;
    private byte[] opened;
    private Cipher sealing;
    private Cipher opening;

    /**
     * Makes the ciphers.
     *
     * @throws GeneralSecurityException if the JDK lacks the cipher
     */
    @Setup
    public void prepare() throws GeneralSecurityException {
        boolean aes = cipher.startsWith("AES");
        key = new SecretKeySpec(new byte[aes ? 16 : 32], aes ? "AES" : "ChaCha20");
        sealing = Cipher.getInstance(cipher);
        opening = Cipher.getInstance(cipher);
        plain = new byte[bytes];
        sealed = new byte[bytes + TAG_BYTES];
        opened = new byte[bytes + TAG_BYTES];
    }

    /**
     * One chunk.
     *
     * @return its length
     * @throws GeneralSecurityException never
     */
    @Benchmark
    public int seal() throws GeneralSecurityException {
        countUp();
        initialise(sealing, Cipher.ENCRYPT_MODE, nonce);
        return sealing.doFinal(plain, 0, plain.length, sealed);
    }

    /**
     * Seals one chunk and opens it: the JDK's ChaCha20 refuses to open with the nonce that it has opened with last.
     *
     * @return its length
     * @throws GeneralSecurityException never
     */
    @Benchmark
    public int sealAndOpen() throws GeneralSecurityException {
        seal();
        initialise(opening, Cipher.DECRYPT_MODE, nonce);
        return opening.doFinal(sealed, 0, sealed.length, opened);
    }

    private void initialise(Cipher initialised, int mode, byte[] nonce) throws GeneralSecurityException {
        boolean aes = key.getAlgorithm().equals("AES");
        initialised.init(mode, key, aes ? new GCMParameterSpec(TAG_BYTES * 8, nonce) : new IvParameterSpec(nonce));
    }

    /** The JDK refuses to seal twice with the same nonce. */
    private void countUp() {
        for (int i = 0; i < nonce.length && ++nonce[i] == 0; i++) {
            // carries over
        }
    }
}
