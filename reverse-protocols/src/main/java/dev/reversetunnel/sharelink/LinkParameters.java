package dev.reversetunnel.sharelink;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What is left of a link when all that is supported has been taken out of it. */
final class LinkParameters {
    /** Without effect here, and harmless. */
    private static final Map<String, String> HARMLESS = Map.of(
            "fp", "a ClientHello looks as Java makes it",
            "ed", "nothing is sent before the answer",
            "eh", "nothing is sent before the answer",
            "packetEncoding", "datagrams go as the protocol has them",
            "remarks", "it is for people");

    /** What to do without that which is often asked for. */
    private static final Map<String, String> INSTEAD = Map.of(
            "plugin", "a server without a plugin; or vless:// by WebSocket and TLS",
            "flow", "a user without a flow",
            "allowInsecure", "a certificate that is trusted; or a document that pins it",
            "headerType", "none",
            "type", "none");

    /** What stands for nothing. */
    private static final List<String> NOTHING = List.of("", "none", "0", "false");

    private LinkParameters() {}

    /**
     * Tells of the rest.
     *
     * @return warnings
     * @throws IllegalArgumentException for what may not be dropped
     */
    static List<String> rest(Map<String, String> left) {
        List<String> warnings = new ArrayList<>();
        left.forEach((key, value) -> {
            if (NOTHING.contains(value)) {
                return;
            }
            String why = HARMLESS.get(key);
            if (why == null) {
                throw new IllegalArgumentException(shown(key) + ": not supported (expected: "
                        + INSTEAD.getOrDefault(key, "a link without it") + ")");
            }
            warnings.add(key + " has no effect: " + why);
        });
        return warnings;
    }

    /** A parameter's name, if it looks like one. */
    static String shown(String key) {
        return key.matches("[\\w.-]{1,32}") ? key : "a parameter";
    }

    static String print(Map<String, String> parameters) {
        StringBuilder text = new StringBuilder();
        parameters.forEach((key, value) -> text.append(text.length() == 0 ? '?' : '&')
                .append(key)
                .append('=')
                .append(LinkText.encode(value)));
        return text.toString();
    }
}
