package dev.reversetunnel.agreement;

import dev.reversetunnel.Agreement;
import dev.reversetunnel.Transport;
import dev.reversetunnel.net.Destination;

/**
 * What the server of a client must know.
 *
 * @param server where the client looks for it
 * @param credentials the client's protocol and secret
 * @param transport by which it is dialled
 * @param byCommand whether tunnels are registered by VLESS' reverse command
 */
public record ClientAgreement(Destination server, Credentials credentials, Transport transport, boolean byCommand)
        implements Agreement {}
