package dev.reversetunnel.testkit;

import java.util.Arrays;
import java.util.Random;

/**
 * The choices of a test, made by the bytes of a fuzzer instead of by chance: one byte for a small one, two or four for
 * a larger one. When the bytes are used up, each choice is the first one.
 */
public final class Choices extends Random {
    private static final long serialVersionUID = 1;

    private final transient byte[] bytes;
    private int at;

    /** The choices that the bytes make. */
    public Choices(byte[] bytes) {
        this.bytes = bytes;
    }

    /** Whether there is a byte left. */
    public boolean areLeft() {
        return at < bytes.length;
    }

    /** The next bytes, fewer at the end. */
    public byte[] take(int length) {
        int end = Math.min(bytes.length, at + length);
        byte[] taken = Arrays.copyOfRange(bytes, at, end);
        at = end;
        return taken;
    }

    /** How many bytes a {@code take(nextInt(65_536))} would give now. */
    public int peekLength() {
        int before = at;
        int length = take(nextInt(1 << Short.SIZE)).length;
        at = before;
        return length;
    }

    /** All bytes that are left. */
    public byte[] rest() {
        return take(bytes.length - at);
    }

    @Override
    public int nextInt(int bound) {
        int wide =
                bound <= 1 << Byte.SIZE ? next() : bound <= 1 << Short.SIZE ? next() << Byte.SIZE | next() : next(31);
        return wide % bound;
    }

    @Override
    public boolean nextBoolean() {
        return (next() & 1) != 0;
    }

    @Override
    protected int next(int bits) {
        int whole = next() << 24 | next() << 16 | next() << 8 | next();
        return whole >>> (Integer.SIZE - bits);
    }

    private int next() {
        return at < bytes.length ? bytes[at++] & 0xff : 0;
    }
}
