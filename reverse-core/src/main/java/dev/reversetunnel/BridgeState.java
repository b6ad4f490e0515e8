package dev.reversetunnel;

/** Whether a bridge has a tunnel to its portal. */
public enum BridgeState {
    /** A tunnel takes sessions. */
    UP,
    /** It has none, and dials. */
    CONNECTING,
    /** It wants none: a standby whose turn has not come, or it drains. */
    RESTING
}
