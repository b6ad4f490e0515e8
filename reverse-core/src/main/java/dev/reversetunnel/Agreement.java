package dev.reversetunnel;

/**
 * What the two ends of a connection have agreed about: a protocol, its secrets, what lies below. An inbound, an
 * outbound or a transport tells it, and a {@link PeerFormat} that knows the kind makes the other end's document of it.
 * Opaque to everybody else.
 *
 * <p>It holds secrets: keep it no longer than needed, and never log it. Its {@code toString()} shows none.
 */
public interface Agreement {}
