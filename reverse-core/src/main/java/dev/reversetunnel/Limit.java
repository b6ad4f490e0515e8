package dev.reversetunnel;

/**
 * What a node bounds, so that nobody takes it away from others. How often each bound was met is in
 * {@link NodeSnapshot#limits()}; {@link TunnelListener#limitReached} tells of it, once a second at most. Defaults, and
 * where each is set, stand in {@code LIMITS.md}.
 */
public enum Limit {
    /** The time for an opening: somebody had not authenticated when it was up. */
    HANDSHAKE_TIME,
    /** Connections that have not authenticated: the oldest had to go. */
    UNAUTHENTICATED,
    /** Visitors who are looked at: the rules were asked about the oldest as he was. */
    SNIFFING,
    /** Openings that are remembered, so that none is accepted twice: a new one was refused. */
    REPLAY_SET,
    /** Tunnels of one user: another one was refused. */
    TUNNELS_PER_USER,
    /** Sessions in one tunnel: another one was refused. */
    SESSIONS_PER_TUNNEL,
    /** Sessions of one user: another one was refused. */
    SESSIONS_PER_USER,
    /** How fast the other end of a tunnel opens sessions: it was not read for the rest of the second. */
    NEW_PER_SECOND,
    /** Frames that bring nothing forward, and answers that are not read: the tunnel was closed. */
    FRAMES_WITHOUT_PROGRESS,
    /** Bytes that wait for a reader: his session was ended, so that others go on. */
    SLOW_READER,
    /** Memory for all that waits in the node: something was refused, or ended. */
    MEMORY,
    /** Dials on behalf of a tunnel's sessions: a session was refused. */
    DIALS,
    /** Sources of datagrams, at a port or in a tunnel: the one that was idle for longest had to go. */
    ASSOCIATIONS,
    /** Ways out for datagrams: a datagram was dropped. */
    DATAGRAM_FLOWS,
    /** Visitors who wait for a bridge: another one was refused. */
    WAITING_FOR_BRIDGE,
    /** File descriptors that a port leaves to others: it accepts nobody until some are free. */
    DESCRIPTORS
}
