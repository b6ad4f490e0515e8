package dev.reversetunnel.net;

/** What a peer or a stranger has written, fit for a log line or a message: on one line, and short. */
public final class PeerText {
    /** The most characters of a line, escapes included. */
    public static final int MAX_LENGTH = 256;

    private static final String CUT = "...";

    private PeerText() {}

    /**
     * Escapes everything but printable ASCII, quotes and backslashes too, and cuts what is too long.
     *
     * @param text anything
     * @return at most {@link #MAX_LENGTH} printable ASCII characters
     */
    public static String line(String text) {
        StringBuilder line = new StringBuilder(Math.min(text.length(), MAX_LENGTH));
        int last = 0; // behind what may stay before a cut, never inside an escape
        for (int i = 0; i < text.length(); i++) {
            if (line.length() <= MAX_LENGTH - CUT.length()) {
                last = line.length();
            }
            char c = text.charAt(i);
            if (c < ' ' || c > '~' || c == '"' || c == '\\') {
                line.append(String.format("\\u%04x", (int) c));
            } else {
                line.append(c);
            }
            if (line.length() > MAX_LENGTH) {
                line.setLength(last);
                return line.append(CUT).toString();
            }
        }
        return line.toString();
    }
}
