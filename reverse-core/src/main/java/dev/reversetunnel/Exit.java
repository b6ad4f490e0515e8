package dev.reversetunnel;

/**
 * An outbound or a portal under its tag.
 *
 * @param tag its name
 * @param outbound as rules reach it
 * @param privately as rules reach it that allow private addresses; the same unless it would refuse them
 */
record Exit(String tag, Outbound outbound, Outbound privately) {
    static Exit of(String tag, Outbound outbound) {
        return new Exit(tag, outbound, outbound instanceof DirectOutbound direct ? direct.allowPrivate() : outbound);
    }

    /** A portal without a tunnel leads nowhere just now. */
    boolean isOpen() {
        return !(outbound instanceof MuxPortal portal) || portal.hasTunnel();
    }
}
