package dev.reversetunnel.vmess;

import dev.reversetunnel.crypto.NonceCounter;

/**
 * How many chunks a VMess connection has carried.
 *
 * @param sent towards the peer
 * @param received from the peer
 */
public record VmessChunks(long sent, long received) {
    /**
     * After so many chunks in one direction the nonces of that direction repeat: the protocol counts them in 16 bits. A
     * connection should be replaced before.
     */
    public static final int PERIOD = NonceCounter.PERIOD;

    /**
     * The direction that is further on.
     *
     * @return the larger number
     */
    public long most() {
        return Math.max(sent, received);
    }
}
