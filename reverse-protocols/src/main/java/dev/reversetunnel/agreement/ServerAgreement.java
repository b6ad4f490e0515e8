package dev.reversetunnel.agreement;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Grant;
import dev.reversetunnel.Transport;
import java.util.List;

/**
 * What the clients of a server must know, but for its address.
 *
 * @param users whom it knows
 * @param transport by which it listens
 */
public record ServerAgreement(List<User> users, Transport transport) implements Agreement {
    /**
     * Copies the list.
     *
     * @param users whom it knows
     * @param transport by which it listens
     */
    public ServerAgreement {
        users = List.copyOf(users);
    }

    /**
     * Somebody whom a server knows.
     *
     * @param name in rules and logs
     * @param credentials his protocol and secret
     * @param grant what he may do
     * @param byCommand whether he registers tunnels by VLESS' reverse command, and does nothing else
     */
    public record User(String name, Credentials credentials, Grant grant, boolean byCommand) {}
}
