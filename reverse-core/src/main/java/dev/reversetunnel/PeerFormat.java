package dev.reversetunnel;

/**
 * Writes the document by which another program becomes the other end of a portal or a bridge. Core knows no protocol:
 * what it hands over are the parts, which tell their {@link Agreement}s.
 *
 * @param <E> our end: {@link PortalEnd} or {@link BridgeEnd}
 */
@FunctionalInterface
public interface PeerFormat<E> {
    /**
     * Writes the document.
     *
     * @param end our end
     * @return the whole document, secrets and all: not for logs
     * @throws IllegalArgumentException if the other program cannot do what our end is set up for; the message says what
     *     to change, and holds no secret
     */
    String write(E end);
}
