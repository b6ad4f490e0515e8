package dev.reversetunnel.peers;

import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;

/** As many bytes as wanted that look like noise and are the same for the same seed: a lost or swapped block shows. */
record SeededBytes(long size, long seed) {
    private static final int BLOCK = 64 * 1024;

    /** Of what was asked for before: many tests compare the same hundreds of MiB. */
    private static final Map<SeededBytes, String> DIGESTS = new ConcurrentHashMap<>();

    SeededBytes {
        if (size < 0) {
            throw new IllegalArgumentException("size: " + size + " (expected: >= 0)");
        }
    }

    void writeTo(OutputStream output) throws IOException {
        SplittableRandom random = new SplittableRandom(seed);
        byte[] block = new byte[BLOCK];
        for (long left = size; left > 0; left -= BLOCK) {
            random.nextBytes(block);
            output.write(block, 0, (int) Math.min(left, BLOCK));
        }
    }

    /** In lower-case hex. */
    String sha256() {
        return DIGESTS.computeIfAbsent(this, SeededBytes::computeSha256);
    }

    private String computeSha256() {
        MessageDigest digest = newDigest();
        try {
            writeTo(new OutputStream() {
                @Override
                public void write(int next) {
                    digest.update((byte) next);
                }

                @Override
                public void write(byte[] bytes, int offset, int length) {
                    digest.update(bytes, offset, length);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** SHA-256 of the next bytes of a stream, which must not end before. */
    static byte[] digest(DataInputStream input, long size) throws IOException {
        MessageDigest digest = newDigest();
        byte[] block = new byte[BLOCK];
        for (long left = size; left > 0; ) {
            int read = read(input, block, left);
            if (read < 0) {
                throw new EOFException("ended " + left + " bytes before " + size);
            }
            digest.update(block, 0, read);
            left -= read;
        }
        return digest.digest();
    }

    static MessageDigest newDigest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every JDK has SHA-256", e);
        }
    }

    private static int read(InputStream input, byte[] block, long limit) throws IOException {
        return input.read(block, 0, (int) Math.min(limit, block.length));
    }
}
