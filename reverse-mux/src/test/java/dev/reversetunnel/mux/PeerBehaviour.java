package dev.reversetunnel.mux;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.reversetunnel.testkit.Vectors;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** What real peers were seen to do: the recorded cases, in the notation of the recording. */
final class PeerBehaviour {
    private final JsonObject document;

    PeerBehaviour(String name) {
        document = Vectors.load(PeerBehaviour.class, "peers/" + name);
    }

    /** What the peers did in a case, one object for each behaviour that was seen. */
    List<JsonObject> results(String name) {
        return Vectors.objects(document.getAsJsonArray("cases")).stream()
                .filter(recorded -> recorded.get("case").getAsString().equals(name))
                .findFirst()
                .map(recorded -> Vectors.objects(recorded.getAsJsonArray("results")))
                .orElseThrow(() -> new IllegalArgumentException("no such case: " + name));
    }

    /** The frames that a peer sent. */
    static List<String> frames(JsonObject result, String field) {
        List<String> frames = new ArrayList<>();
        if (result.has(field)) {
            for (JsonElement frame : result.getAsJsonArray(field)) {
                frames.add(frame.getAsString());
            }
        }
        return frames;
    }

    /** Whether the tunnel lived on; all peers agree in the cases that we replay. */
    static boolean staysOpen(JsonObject result) {
        return Set.of("open", "stays open")
                .contains(result.get("mux_connection").getAsString());
    }

    /** Our frames, {@code Keep 2 'abc'}, as the recording writes them: {@code KEEP(2,opt=1)[3:b'abc']}. */
    static List<String> recorded(List<String> ours) {
        return ours.stream().map(PeerBehaviour::recorded).toList();
    }

    private static String recorded(String ours) {
        String[] words = ours.split(" ", 3);
        int quote = ours.indexOf('\'');
        String payload = quote < 0 ? "" : ours.substring(quote + 1, ours.length() - 1);
        boolean hasData = quote >= 0 || ours.endsWith(")");
        int options = (hasData ? MuxFrame.DATA : 0) | (ours.endsWith(" error") ? MuxFrame.ERROR : 0);
        return words[0].toUpperCase(java.util.Locale.ROOT) + "(" + words[1] + ",opt=" + options + ")"
                + (quote < 0 ? "" : "[" + payload.length() + ":b'" + payload + "']");
    }
}
