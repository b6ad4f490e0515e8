package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.List;

/**
 * A bridge or a portal, as the section {@code reverse} has them.
 *
 * @param tag its name in rules
 * @param domain the rendezvous domain
 */
record ReversePart(Place place, String tag, String domain) {
    static List<ReversePart> read(Section reverse, String key) {
        List<ReversePart> parts = new ArrayList<>();
        for (Section part : reverse.sections(key, key.equals("bridges") ? "bridge" : "portal")) {
            String tag = part.required("tag", "a name for rules");
            String domain = part.required("domain", "a made-up name, the same on both sides");
            if (tag != null && domain != null) {
                parts.add(new ReversePart(part.place(), tag, domain));
            }
        }
        return parts;
    }
}
