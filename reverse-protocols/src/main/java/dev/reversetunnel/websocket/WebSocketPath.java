package dev.reversetunnel.websocket;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a WebSocket is, and what is asked for besides.
 *
 * @param path begins with a slash; compared as it is written
 * @param query with its question mark; may be empty
 */
record WebSocketPath(String path, String query) {
    private static final int MAX_LENGTH = 1_024;

    static WebSocketPath of(String text) {
        boolean wellFormed = text.startsWith("/")
                && !text.startsWith("//")
                && text.length() <= MAX_LENGTH
                && text.chars().allMatch(c -> c > ' ' && c < 0x7f && c != '#')
                && isUri(text);
        if (!wellFormed) {
            throw new IllegalArgumentException("path: \"" + text
                    + "\" (expected: \"/\" and then letters, digits and other signs of ASCII that a URL may have)");
        }
        int question = text.indexOf('?');
        return question < 0
                ? new WebSocketPath(text, "")
                : new WebSocketPath(text.substring(0, question), text.substring(question));
    }

    private static boolean isUri(String text) {
        try {
            return new URI(text).getPath() != null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** What is asked for besides does not matter, as with V2Ray. */
    boolean matches(String uri) {
        int question = uri.indexOf('?');
        return path.contentEquals(question < 0 ? uri : uri.substring(0, question));
    }

    @Override
    public String toString() {
        return path + query;
    }
}
