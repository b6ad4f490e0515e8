package dev.reversetunnel;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;

/** Finds the addresses of names, for rules and for what a node dials itself. */
@FunctionalInterface
public interface NameService {
    /** The JDK, and so the system: its name servers and its table of hosts. Remembers answers for some seconds. */
    NameService SYSTEM = host -> List.of(InetAddress.getAllByName(host));

    /**
     * Looks a name up. Called by a few threads at once, none of them an event loop: it may block, but whoever waits
     * gives up after {@link TunnelBuilder#dialTimeout}.
     *
     * @param host a domain name as it was asked for, never an IP address
     * @return its addresses, in the order in which to try them
     * @throws UnknownHostException if it has none; also an empty list says so
     */
    List<InetAddress> lookUp(String host) throws UnknownHostException;
}
