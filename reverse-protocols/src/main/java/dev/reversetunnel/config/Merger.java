package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Puts the files of one document together, as V2Ray and Xray do it. */
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
        if (pieces.size() == 1 || !(first instanceof Value.Members start)) {
            return first;
        }
        Map<String, Value> merged = new LinkedHashMap<>(start.members());
        for (Piece piece : pieces.subList(1, pieces.size())) {
            if (piece.value instanceof Value.Members more) {
                more.members().forEach((key, value) -> add(merged, key, value, piece.name));
            } else {
                faults.fault(piece.value.place(), piece.value.kind() + " (expected: an object, { ... })");
            }
        }
        return new Value.Members(start.place(), merged);
    }

    private static void add(Map<String, Value> merged, String key, Value value, String file) {
        Value there = merged.get(key);
        boolean isList = key.equals("inbounds") || key.equals("outbounds");
        if (isList && there instanceof Value.Items old && value instanceof Value.Items more) {
            boolean atFront =
                    key.equals("outbounds") && !file.toLowerCase(Locale.ROOT).contains("tail");
            merged.put(key, new Value.Items(old.place(), join(old.items(), more.items(), atFront)));
        } else {
            merged.put(key, value);
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
        return part instanceof Value.Members members
                        && members.members().get("tag") instanceof Value.Text text
                        && !text.text().isEmpty()
                ? text.text()
                : null;
    }
}
