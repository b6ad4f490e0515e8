package dev.reversetunnel.geo;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** What is said about a code that a file does not have. */
final class Codes {
    private static final int SHOWN = 5;

    private Codes() {}

    static String missing(Path file, String code, Collection<String> known) {
        List<String> similar = similar(code, known);
        return "no list \"" + code + "\" among the " + known.size() + " of " + file
                + (similar.isEmpty() ? "" : "; similar are " + String.join(", ", similar));
    }

    /** Those that need few changes, then those that have it inside. */
    static List<String> similar(String code, Collection<String> known) {
        int most = Math.max(1, code.length() / 3);
        return Stream.concat(
                        known.stream()
                                .filter(other -> distance(code, other) <= most)
                                .sorted(Comparator.comparingInt((String other) -> distance(code, other))
                                        .thenComparing(Comparator.naturalOrder())),
                        known.stream()
                                .filter(other -> other.contains(code) || (other.length() > 2 && code.contains(other)))
                                .sorted())
                .distinct()
                .limit(SHOWN)
                .toList();
    }

    /** How many letters must be changed, put in or left out (Levenshtein). */
    private static int distance(String one, String other) {
        int[] row = new int[other.length() + 1];
        for (int k = 0; k < row.length; k++) {
            row[k] = k;
        }
        for (int i = 1; i <= one.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int k = 1; k < row.length; k++) {
                int change = diagonal + (one.charAt(i - 1) == other.charAt(k - 1) ? 0 : 1);
                diagonal = row[k];
                row[k] = Math.min(change, Math.min(row[k], row[k - 1]) + 1);
            }
        }
        return row[other.length()];
    }
}
