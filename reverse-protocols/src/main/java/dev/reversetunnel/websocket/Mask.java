package dev.reversetunnel.websocket;

import io.netty.buffer.ByteBuf;

/**
 * Masking: each byte of a frame's payload xor the next of four key bytes. Hides nothing; it keeps proxies from taking
 * what a browser sends for a request.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-5.3">RFC 6455, 5.3</a>
 */
final class Mask {
    private Mask() {}

    /**
     * Masks, or takes the mask off.
     *
     * @param bytes changed in place
     * @param key its highest byte is for the first byte
     * @return the key for the byte behind
     */
    static int apply(ByteBuf bytes, int index, int length, int key) {
        long eight = (long) key << 32 | key & 0xffff_ffffL;
        int at = index;
        int end = index + length;
        for (; at + 8 <= end; at += 8) {
            bytes.setLong(at, bytes.getLong(at) ^ eight);
        }
        int rest = key;
        for (; at < end; at++) {
            bytes.setByte(at, bytes.getByte(at) ^ rest >>> 24);
            rest = Integer.rotateLeft(rest, 8);
        }
        return rest;
    }
}
