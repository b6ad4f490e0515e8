package dev.reversetunnel;

/** Whether a tunnel's other end is heard. */
public enum TunnelHealth {
    /** It was heard lately, or has not been asked for long. */
    ALIVE,
    /**
     * It has left a ping unanswered. Visitors get it only where there is no other, and its bridge dials another one.
     */
    SUSPECT
}
