package dev.reversetunnel;

/**
 * What a credential, or the lack of one, permits.
 *
 * @param register whether it may register tunnels with a portal
 * @param connect whether it may ask for destinations
 */
public record Grant(boolean register, boolean connect) {
    /** May ask for destinations, as a visitor of a public port does. */
    public static final Grant CONNECT = new Grant(false, true);

    /** May register tunnels and nothing else: the default of a server's users. */
    public static final Grant REGISTER = new Grant(true, false);

    /** May do both. */
    public static final Grant BOTH = new Grant(true, true);
}
