package dev.reversetunnel.peers;

import java.util.List;

/**
 * A process of sing-box 1.14, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class SingBox extends PeerProcess {
    private static final Peer PEER = new Peer("sing-box");
    private static final String DOCUMENT = "config.json";

    private SingBox(String json) {
        super(PEER, "", directoryWith(DOCUMENT, json), List.of("run", "--disable-color", "-c", DOCUMENT));
    }

    /**
     * Starts it and waits until it says that it has started, which is when its inbounds are bound.
     *
     * @param json the document, with a log of level {@code info} or more
     * @return the running process
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static SingBox start(String json) {
        return start(() -> new SingBox(json), Ready.says(line -> line.contains("sing-box started")));
    }
}
