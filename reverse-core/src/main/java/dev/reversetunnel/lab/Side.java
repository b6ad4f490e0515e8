package dev.reversetunnel.lab;

/** An end of the connections that go through a {@link FaultProxy}. */
public enum Side {
    /** Who has connected to the proxy, such as a bridge. */
    CLIENT,
    /** Where the proxy connects to, such as a portal. */
    TARGET
}
