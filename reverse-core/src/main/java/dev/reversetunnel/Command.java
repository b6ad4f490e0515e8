package dev.reversetunnel;

import dev.reversetunnel.net.Destination;

/** What somebody wants of a server besides a destination. The numbers are those of VMess and VLESS. */
public enum Command {
    /** To reach a destination: by a stream or by datagrams, as its network says. Commands 1 and 2. */
    CONNECT,

    /** To open many sessions inside this connection, by Mux.cool: the one who asks is the mux client. Command 3. */
    MUX,

    /** To become a tunnel: the one who asks is the mux server. Command 4, of VLESS only (Xray 25.9.10 and later). */
    REVERSE;

    /**
     * What a request to a destination means whose protocol says no more. Clients of Shadowsocks ask for mux by the name
     * {@code v1.mux.cool}; so does a VLESS or VMess client that might use its command. For the inbounds of such
     * protocols: whoever comes in otherwise is refused the name.
     *
     * @param destination what was asked for
     * @return {@link #MUX} for that name, whatever network and port; else {@link #CONNECT}
     */
    public static Command of(Destination destination) {
        return destination.host().equals(ControlName.MUX) ? MUX : CONNECT;
    }
}
