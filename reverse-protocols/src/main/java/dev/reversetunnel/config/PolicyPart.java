package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How long things may take, as level 0 of the policy says; users of other levels are treated alike.
 *
 * @param handshake how many seconds an opening may take; null for our own
 * @param idle how many seconds an association of datagrams may be idle; null for our own
 * @param uplinkOnly how many seconds visitors may still send when the answer has ended; null for our own
 * @param downlinkOnly how many seconds an answer may still come when the visitor has ended; null for our own
 */
record PolicyPart(
        @Nullable Integer handshake,
        @Nullable Integer idle,
        @Nullable Integer uplinkOnly,
        @Nullable Integer downlinkOnly) {
    static final PolicyPart NONE = new PolicyPart(null, null, null, null);

    private static final int LONGEST = 86_400;
    private static final String LEVEL = "0";

    static PolicyPart read(Section document) {
        Section policy = document.sectionOrEmpty("policy", "policy");
        policy.sectionOrEmpty("system", "system policy");
        PolicyPart found = NONE;
        for (Map.Entry<String, Value> level : policy.members("levels").entrySet()) {
            Section section = Section.of("level policy", level.getValue(), policy.faults());
            PolicyPart part = level(section);
            if (level.getKey().equals(LEVEL)) {
                found = part;
            } else if (!part.equals(NONE)) {
                policy.faults().warn(section.place(), "has no effect: users of all levels are treated as those of 0");
            }
        }
        return found;
    }

    private static PolicyPart level(Section level) {
        Integer idle = level.number("connIdle", 0, LONGEST);
        if (idle != null) {
            level.faults()
                    .warn(level.place("connIdle"), "is for datagrams only: streams may be idle as long as they like");
        }
        return new PolicyPart(
                level.number("handshake", 0, LONGEST),
                idle,
                level.number("uplinkOnly", 0, LONGEST),
                level.number("downlinkOnly", 0, LONGEST));
    }

    @Nullable
    Duration handshakeTimeout() {
        return handshake == null || handshake == 0 ? null : Duration.ofSeconds(handshake);
    }

    @Nullable
    Duration datagramTimeout() {
        return idle == null || idle == 0 ? null : Duration.ofSeconds(idle);
    }

    /** One time for both directions: the longer one, so that nobody is cut who would not be there. */
    @Nullable
    Duration halfClosedTimeout() {
        if (uplinkOnly == null && downlinkOnly == null) {
            return null;
        }
        int longer = Math.max(uplinkOnly == null ? 0 : uplinkOnly, downlinkOnly == null ? 0 : downlinkOnly);
        return longer == 0 ? Duration.ofMillis(1) : Duration.ofSeconds(longer);
    }

    /** Null if nothing is said. */
    @Nullable
    Json print() {
        if (equals(NONE)) {
            return null;
        }
        Json level = Json.object();
        put(level, "handshake", handshake);
        put(level, "connIdle", idle);
        put(level, "uplinkOnly", uplinkOnly);
        put(level, "downlinkOnly", downlinkOnly);
        return Json.object().with("levels", Json.object().with(LEVEL, level));
    }

    private static void put(Json level, String key, @Nullable Integer value) {
        if (value != null) {
            level.with(key, value);
        }
    }
}
