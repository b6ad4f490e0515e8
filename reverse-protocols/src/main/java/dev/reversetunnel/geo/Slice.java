package dev.reversetunnel.geo;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A part of a file: a protobuf message, a text or some bytes, depending on who looks at it. */
final class Slice {
    private final byte[] bytes;
    private final int from;
    private final int length;

    /** A part of something that never changes. */
    Slice(byte[] bytes, int from, int length) {
        this.bytes = bytes;
        this.from = from;
        this.length = length;
    }

    byte[] bytes() {
        return bytes;
    }

    int from() {
        return from;
    }

    int length() {
        return length;
    }

    String text() {
        return new String(bytes, from, length, StandardCharsets.UTF_8);
    }

    byte[] copy() {
        return Arrays.copyOfRange(bytes, from, from + length);
    }
}
