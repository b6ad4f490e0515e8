package dev.reversetunnel;

import java.net.InetAddress;
import java.util.List;

/** One condition of a rule, as it was written. Immutable. */
interface Condition {
    /** What it looks at, as {@code domain}: for people, and so that a rule has one of a name. */
    String name();

    /** What it expects, for people. */
    String text();

    /** Values for people, who do not read thousands of them. */
    static String text(List<String> values) {
        int shown = 8;
        return values.size() <= shown
                ? String.join(", ", values)
                : String.join(", ", values.subList(0, shown)) + " and " + (values.size() - shown) + " more";
    }

    boolean holds(Judged judged);

    /** What it looked at in vain, for people. */
    String actual(Judged judged);

    /** What it needs is fetched from the lists of the node; what is not there is a fault. */
    default Condition bind(GeoData geo) {
        return this;
    }

    /** Whether the addresses that a name resolves to make a difference. */
    default boolean judgesAddresses() {
        return false;
    }

    /** Those of a name's addresses for whose sake it held: the others must not be dialled. */
    default List<InetAddress> judged(List<InetAddress> addresses) {
        return addresses;
    }
}
