package dev.reversetunnel.config;

import java.util.List;

/** The two forms of an outbound's settings: a list of servers, or one server flat in the settings, as Xray has it. */
final class Servers {
    private Servers() {}

    /** The servers; one fault if there are none. */
    static List<Section> list(Section settings, String key, String scope) {
        List<Section> servers = settings.sections(key, scope);
        if (!settings.has("address")) {
            if (servers.isEmpty()) {
                settings.faults()
                        .fault(
                                settings.place(key),
                                "no server (expected: a list with one at least; or \"address\" and"
                                        + " \"port\" in the settings themselves)");
            }
            return servers;
        }
        if (!servers.isEmpty()) {
            settings.faults()
                    .fault(settings.place("address"), "is there beside \"" + key + "\" (expected: one of them)");
        }
        return List.of(settings);
    }

    /** A server's users; in the flat form the server itself is one. */
    static List<Section> users(Section server, String scope) {
        if (server.has("id") || server.has("user")) {
            return List.of(server);
        }
        List<Section> users = server.sections("users", scope);
        if (users.isEmpty()) {
            server.faults().fault(server.place("users"), "nobody (expected: a list with one user at least)");
        }
        return users;
    }
}
