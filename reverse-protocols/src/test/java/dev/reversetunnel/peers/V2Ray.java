package dev.reversetunnel.peers;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * A process of V2Ray 4, started with a document. Ends with {@link #close()}, and with the JVM at the latest.
 *
 * <p>Safe for use by several threads.
 */
public final class V2Ray extends PeerProcess {
    private static final Peer PEER = new Peer("v2ray");
    private static final String DOCUMENT = "config.json";

    private V2Ray(String json, Map<String, String> environment) {
        super(PEER, role(json), directoryWith(DOCUMENT, json), List.of("-config", DOCUMENT), environment);
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
        return start(() -> new V2Ray(json, Map.of()), ports.length == 0 ? says() : Ready.accepts(ports));
    }

    /**
     * As {@link #start(String, int...)}, with a folder for {@code geosite.dat} and {@code geoip.dat}.
     *
     * @param json the document
     * @param lists where these files are
     * @return the running process
     */
    public static V2Ray start(String json, Path lists) {
        return start(() -> new V2Ray(json, Map.of("V2RAY_LOCATION_ASSET", lists.toString())), says());
    }

    /** Logged at level warning, after all inbounds have been bound. */
    private static Readiness says() {
        return Ready.says(line -> line.contains(" V2Ray ") && line.endsWith(" started"));
    }

    private static String role(String json) {
        return (json.contains("\"portals\"") ? "portal" : "") + (json.contains("\"bridges\"") ? "bridge" : "");
    }
}
