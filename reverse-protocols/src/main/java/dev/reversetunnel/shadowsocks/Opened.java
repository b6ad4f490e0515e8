package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.net.Destination;

/** The opening of a connection, read and found good. */
final class Opened {
    private final ShadowsocksUser user;
    private final Destination destination;
    private final byte[] salt;
    private final StreamCipher cipher;
    private final byte[] payload;

    /**
     * An opening.
     *
     * @param user who asks
     * @param destination where to
     * @param salt that of the request, which an answer of 2022 repeats
     * @param cipher of what follows
     * @param payload the first bytes, which came together with the header; may be empty
     */
    Opened(ShadowsocksUser user, Destination destination, byte[] salt, StreamCipher cipher, byte[] payload) {
        this.user = user;
        this.destination = destination;
        this.salt = salt;
        this.cipher = cipher;
        this.payload = payload;
    }

    ShadowsocksUser user() {
        return user;
    }

    Destination destination() {
        return destination;
    }

    byte[] salt() {
        return salt;
    }

    StreamCipher cipher() {
        return cipher;
    }

    byte[] payload() {
        return payload;
    }

    /** Never the payload. */
    @Override
    public String toString() {
        return "Opened[" + user.name() + " to " + destination + ']';
    }
}
