package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts the files of one document together, as Xray does it, and V2Ray where a later file has one inbound or outbound.
 */
final class Merger {
    private Merger() {}

    /**
     * A file.
     *
     * @param name by which outbounds go to the front or to the end
     * @param value what is in it
     */
    record Piece(String name, Value value) {}

    static Value merge(List<Piece> pieces, Faults faults) {
        Value first = pieces.get(0).value;
        if (pieces.size() == 1) {
            return first;
        }
        Map<String, Value> merged = new LinkedHashMap<>();
        for (Piece piece : pieces) {
            if (!(piece.value instanceof Value.Members members)) {
                faults.fault(piece.value.place(), piece.value.kind() + " (expected: an object, { ... })");
            } else if (merged.isEmpty()) {
                merged.putAll(members.members()); // with its mistakes, such as a key that is there in two spellings
            } else {
                members.members().forEach((key, value) -> add(merged, key, value, piece.name));
            }
        }
        return new Value.Members(first.place(), merged);
    }

    private static void add(Map<String, Value> merged, String key, Value value, String file) {
        if (value instanceof Value.Null) {
            return;
        }
        String known = merged.keySet().stream()
                .filter(key::equalsIgnoreCase)
                .findFirst()
                .orElse(key);
        boolean isOutbounds = key.equalsIgnoreCase("outbounds");
        boolean isList = isOutbounds || key.equalsIgnoreCase("inbounds");
        if (isList && merged.get(known) instanceof Value.Items old && value instanceof Value.Items more) {
            boolean atFront = isOutbounds && !file.toLowerCase(Locale.ROOT).contains("tail");
            merged.put(known, new Value.Items(old.place(), join(old.items(), more.items(), atFront)));
        } else {
            merged.put(known, value);
        }
    }

    private static List<Value> join(List<Value> old, List<Value> more, boolean atFront) {
        List<Value> all = new ArrayList<>(old);
        int front = 0;
        for (Value part : more) {
            int same = indexOf(tag(part), all);
            if (same >= 0) {
                all.set(same, part);
            } else {
                all.add(atFront ? front++ : all.size(), part);
            }
        }
        return all;
    }

    private static int indexOf(@Nullable String tag, List<Value> parts) {
        for (int i = 0; tag != null && i < parts.size(); i++) {
            if (tag.equals(tag(parts.get(i)))) {
                return i;
            }
        }
        return -1;
    }

    private static @Nullable String tag(Value part) {
        if (!(part instanceof Value.Members members)) {
            return null;
        }
        return members.members().entrySet().stream()
                .filter(member -> member.getKey().equalsIgnoreCase("tag"))
                .map(member -> member.getValue() instanceof Value.Text text ? text.text() : "")
                .filter(tag -> !tag.isEmpty())
                .findFirst()
                .orElse(null);
    }
}
