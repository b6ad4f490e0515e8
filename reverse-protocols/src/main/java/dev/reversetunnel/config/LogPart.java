package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What the writer wants to see of what happens, and where.
 *
 * @param level debug, info, warning, error or none
 * @param access a file for a line of each request; empty for the console, {@code none} for nowhere
 * @param error a file for all else; likewise
 */
record LogPart(String level, String access, String error) {
    private static final String DEFAULT_LEVEL = "warning";
    private static final Map<String, String> LEVELS = new LinkedHashMap<>();

    static {
        for (String level : List.of("debug", "info", DEFAULT_LEVEL, "error", "none")) {
            LEVELS.put(level, level);
        }
        LEVELS.put("", DEFAULT_LEVEL);
    }

    static LogPart read(Section log) {
        String level = log.oneOf("loglevel", LEVELS);
        return new LogPart(level == null ? DEFAULT_LEVEL : level, log.text("access", ""), log.text("error", ""));
    }

    Json print() {
        Json log = Json.object().with("loglevel", level);
        if (!access.isEmpty()) {
            log.with("access", access);
        }
        return error.isEmpty() ? log : log.with("error", error);
    }
}
