package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of Xray 26, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class Xray extends PeerProcess {
    private static final Peer PEER = new Peer("xray");
    private static final String DOCUMENT = "config.json";

    private Xray(String json) {
        super(PEER, "", directoryWith(DOCUMENT, json), List.of("run", "-config", DOCUMENT));
    }

    /**
     * Starts it and waits until it says that it has started, which is when its inbounds are bound.
     *
     * @param json the document, with a log of level {@code warning} or more
     * @return the running process
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Xray start(String json) {
        return start(() -> new Xray(json), Ready.says(line -> line.contains(" Xray ") && line.endsWith(" started")));
    }
}
