package dev.reversetunnel.peers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process of Xray 26, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class Xray extends PeerProcess {
    private static final Peer PEER = new Peer("xray");
    private static final String DOCUMENT = "config.json";

    private Xray(String json, Map<String, String> environment) {
        super(PEER, "", directoryWith(DOCUMENT, json), List.of("run", "-config", DOCUMENT), environment);
    }

    /**
     * Starts it and waits until it says that it has started, which is when its inbounds are bound.
     *
     * @param json the document, with a log of level {@code warning} or more
     * @return the running process
     * @throws IllegalStateException if it ends or is not ready after 20 s, with what it said
     */
    public static Xray start(String json) {
        return start(json, Map.of());
    }

    /**
     * As {@link #start(String)}, with a folder for {@code geosite.dat} and {@code geoip.dat}.
     *
     * @param json the document
     * @param lists where these files are
     * @return the running process
     */
    public static Xray start(String json, Path lists) {
        return start(json, Map.of("XRAY_LOCATION_ASSET", lists.toString()));
    }

    private static Xray start(String json, Map<String, String> environment) {
        return start(
                () -> new Xray(json, environment),
                Ready.says(line -> line.contains(" Xray ") && line.endsWith(" started")));
    }
}
