package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of nginx: a single one, in the foreground, with all its files in a directory of its own. Ends with
 * {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class Nginx extends PeerProcess {
    private static final Peer PEER = new Peer("nginx");
    private static final String DOCUMENT = "nginx.conf";

    private Nginx(String document) {
        super(PEER, "", directoryWith(DOCUMENT, document), List.of("-p", ".", "-c", DOCUMENT, "-e", "stderr"));
    }

    /**
     * Starts it and waits until it accepts connections.
     *
     * @param document what it does
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx start(NginxDocument document) {
        return start(() -> new Nginx(document.text()), Ready.accepts(document.port()));
    }

    /**
     * The same with a document that a main one would include, as those of {@code /etc/nginx/conf.d}.
     *
     * @param server a server's block
     * @param port where it listens, at 127.0.0.1
     * @return running
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Nginx including(String server, int port) {
        return start(() -> new Nginx(NginxDocument.around(server)), Ready.accepts(port));
    }
}
