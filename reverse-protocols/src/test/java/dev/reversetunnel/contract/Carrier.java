package dev.reversetunnel.contract;

import dev.reversetunnel.Outbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.carrier.ProtocolServer;

/** A protocol at work: both of its ends, and what it cannot do. */
interface Carrier {
    /** A server at 127.0.0.1 and a free port that knows one user, who may ask for destinations and register. */
    ProtocolServer<?> server(Transport transport);

    /** That user. */
    Outbound client(int port, Transport transport);

    /** Somebody whom the server does not know. */
    Outbound stranger(int port, Transport transport);

    /** Whether one direction can end alone over a transport that can do that itself, or cannot. */
    boolean halfCloses(boolean transportDoes);

    /** Whether an opening is accepted once only. */
    boolean forbidsReplay();

    /** What somebody without a key sees over TCP. */
    Strangers strangers();

    /** Whether a change of this byte of an opening makes it that of a stranger; a carrier may have others behind. */
    boolean isAuthenticated(int index);

    /** Whether an opening holds the time. */
    boolean knowsTime();

    /** Whether its users can send datagrams outside of a tunnel, when that is below. */
    boolean carriesDatagrams(Carriage carriage);

    /** Whether its users may register. */
    default boolean carriesTunnels() {
        return true;
    }
}
