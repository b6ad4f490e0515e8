package dev.reversetunnel.peerconfig;

import dev.reversetunnel.agreement.Credentials;
import dev.reversetunnel.foreign.Carriage;
import org.jspecify.annotations.Nullable;

/**
 * How another program reaches a server of ours.
 *
 * @param host of our server, as seen from there
 * @param port of our server
 * @param credentials of the user as whom it comes
 * @param carriage what lies below
 * @param verification how it knows us; null without TLS
 */
record Dialling(
        String host,
        int port,
        Credentials credentials,
        Carriage carriage,
        @Nullable Verification verification) {
    /** Whether datagrams of its users get through. */
    boolean takesDatagrams() {
        return !(credentials instanceof Credentials.Shadowsocks shadowsocks) || shadowsocks.udp();
    }
}
