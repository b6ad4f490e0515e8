package dev.reversetunnel.interop;

import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import java.util.UUID;

/**
 * What portal and bridge have to agree about.
 *
 * @param visitors the portal's port for users, at 127.0.0.1
 * @param bridges the portal's port for bridges, at 127.0.0.1
 * @param id the VMess user
 * @param domain by which a bridge is known
 * @param originPort where all users end up, at 127.0.0.1
 */
record Meeting(int visitors, int bridges, UUID id, String domain, int originPort) {
    private static final String DOMAIN = "test.v2fly.org";

    static Meeting at(Origin origin) {
        return new Meeting(Ports.free(), Ports.free(), UUID.randomUUID(), DOMAIN, origin.port());
    }

    /** For a process, see {@link #of}. */
    Object[] arguments() {
        return new Object[] {visitors, bridges, id, domain, originPort};
    }

    static Meeting of(String... arguments) {
        return new Meeting(
                Integer.parseInt(arguments[0]),
                Integer.parseInt(arguments[1]),
                UUID.fromString(arguments[2]),
                arguments[3],
                Integer.parseInt(arguments[4]));
    }

    /** The same, with a bridge that goes somewhere else. */
    Meeting bridges(int port) {
        return new Meeting(visitors, port, id, domain, originPort);
    }

    Meeting id(UUID other) {
        return new Meeting(visitors, bridges, other, domain, originPort);
    }

    Meeting domain(String other) {
        return new Meeting(visitors, bridges, id, other, originPort);
    }
}
