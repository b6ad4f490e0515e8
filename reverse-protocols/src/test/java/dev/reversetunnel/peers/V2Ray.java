package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of V2Ray 4, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class V2Ray extends PeerProcess {
    private static final Peer PEER = new Peer("v2ray");
    private static final String DOCUMENT = "config.json";

    private V2Ray(String json) {
        super(PEER, role(json), directoryWith(DOCUMENT, json), List.of("-config", DOCUMENT));
    }

    /**
     * Whether there is one to start.
     *
     * @return true if system property {@code peers.v2ray} or PATH leads to an executable
     */
    public static boolean installed() {
        return PEER.executable().isPresent();
    }

    /**
     * Starts it and waits until it says that it has started, which is when its inbounds are bound. A document whose log
     * says less than level {@code warning} does not tell; then give the ports.
     *
     * @param json the document
     * @param ports at 127.0.0.1; if there are any, this waits until they accept, instead. Each then sees a connection
     *     that ends at once
     * @return the running process
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static V2Ray start(String json, int... ports) {
        return start(
                () -> new V2Ray(json),
                // Logged at level warning, after all inbounds have been bound.
                ports.length == 0
                        ? Ready.says(line -> line.contains(" V2Ray ") && line.endsWith(" started"))
                        : Ready.accepts(ports));
    }

    private static String role(String json) {
        return (json.contains("\"portals\"") ? "portal" : "") + (json.contains("\"bridges\"") ? "bridge" : "");
    }
}
