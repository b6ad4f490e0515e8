package dev.reversetunnel.vless;

import dev.reversetunnel.Command;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;

/**
 * What a client asks a server for.
 *
 * @param command what is wanted
 * @param destination where to; {@link #MUX} and {@link #REVERSE} for the commands that name none
 * @param flow how the body is dressed up; empty, or something that we do not speak
 */
record VlessRequest(Command command, Destination destination, String flow) {
    /** Stands where command 3 has no destination. */
    static final Destination MUX = Destination.tcp("v1.mux.cool", 0);

    /** Stands where command 4 has no destination. Xray's name for it, and never on the wire. */
    static final Destination REVERSE = Destination.tcp("v1.rvs.cool", 0);

    /** What a stranger asks for, as far as logs are concerned. */
    static final Destination FALLBACK = Destination.tcp("fallback", 0);

    static VlessRequest connect(Destination destination) {
        return new VlessRequest(Command.CONNECT, destination, "");
    }

    static VlessRequest mux() {
        return new VlessRequest(Command.MUX, MUX, "");
    }

    static VlessRequest reverse() {
        return new VlessRequest(Command.REVERSE, REVERSE, "");
    }

    /** Whether the body holds datagrams. */
    boolean isDatagrams() {
        return command == Command.CONNECT && destination.network() == Network.UDP;
    }
}
