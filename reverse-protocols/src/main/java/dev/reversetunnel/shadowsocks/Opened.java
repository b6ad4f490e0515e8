package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.net.Destination;

/**
 * The opening of a connection, read and found good.
 *
 * @param user who asks
 * @param destination where to
 * @param salt that of the request, which an answer of 2022 repeats
 * @param cipher of what follows
 * @param payload the first bytes, which came together with the header; may be empty
 */
record Opened(ShadowsocksUser user, Destination destination, byte[] salt, StreamCipher cipher, byte[] payload) {
    /** Never the payload. */
    @Override
    public String toString() {
        return "Opened[" + user.name() + " to " + destination + ']';
    }
}
