package dev.reversetunnel;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** By which control name each bridge that is not ours was understood. Any thread. */
final class RememberedNames {
    /** Of our choice; the one who came first is forgotten for a new one. */
    private static final int MOST = 1_024;

    private final Map<String, ControlName> names = new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, ControlName> eldest) {
            return size() > MOST;
        }
    };

    @Nullable
    synchronized ControlName of(String bridge) {
        return names.get(bridge);
    }

    synchronized void remember(String bridge, ControlName name) {
        names.put(bridge, name);
    }
}
