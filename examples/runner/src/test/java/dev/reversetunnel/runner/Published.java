package dev.reversetunnel.runner;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Documents that manuals and articles print, byte for byte: only ports, addresses, the password and dots are replaced.
 *
 * @param portal the public end
 * @param bridge the private end
 */
record Published(String portal, String bridge) {
    static final Published XRAYS = new Published("000-portal.json", "000-bridge.json");
    static final Published V2RAYS = new Published("001-portal.json", "001-bridge.json");
    static final Published V2RAYS_OLDER = new Published("002-portal.json", "002-bridge.json");
    static final Published ARTICLES = new Published("004-portal.json", "004-bridge.json");
    static final Published ARTICLES_WITH_WEB =
            new Published("004-portal-port-forwarding.json", "004-bridge-port-forwarding.json");

    /** A key of the method of 004, in place of its dots. */
    static final String PASSWORD = "xF3QmRfVxYz0mBqHq5uDpQ==";

    static final List<Published> WITH_A_WEB_PORT = List.of(XRAYS, V2RAYS, V2RAYS_OLDER, ARTICLES_WITH_WEB);

    static String asPrinted(String name) {
        try (InputStream document = Published.class.getResourceAsStream("/published/" + name)) {
            if (document == null) {
                throw new IllegalStateException("no such document: " + name);
            }
            return new String(document.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The public end, with the port of visitors and that of bridges. */
    String portal(int visitors, int bridges) {
        // Not the port of 127.0.0.1 in the settings, which is what visitors ask for.
        return withBridgesPort(
                asPrinted(portal).replaceFirst("(\"port\": )80(,[^\n]*\n\\s*\"protocol\")", "$1" + visitors + "$2"),
                bridges);
    }

    /** The private end, with the port of the portal and that of the web server. */
    String bridge(int portal, int web) {
        return withBridgesPort(
                asPrinted(bridge)
                        .replaceFirst("(\"address\": )\"[^\"]*\"", "$1\"127.0.0.1\"")
                        .replace("\"127.0.0.1:80\"", "\"127.0.0.1:" + web + "\""),
                portal);
    }

    private static String withBridgesPort(String document, int port) {
        return document.replaceFirst("(\"port\": )(1024|5555)", "$1" + port).replace("\"...\"", '"' + PASSWORD + '"');
    }

    @Override
    public String toString() {
        return portal + " and " + bridge;
    }
}
