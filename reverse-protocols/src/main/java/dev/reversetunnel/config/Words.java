package dev.reversetunnel.config;

import java.util.Collection;
import java.util.Locale;
import java.util.stream.Collectors;

/** Choices as people read them. */
final class Words {
    /** Of our choice: more than we say ourselves, less than fills a log. */
    private static final int MOST_SHOWN = 2_000;

    private Words() {}

    /**
     * As it stands in one line of a log: whatever would end the line or hide something is escaped, and it has an end.
     */
    static String oneLine(String text) {
        StringBuilder line = new StringBuilder();
        text.codePoints().limit(MOST_SHOWN).forEach(c -> {
            switch (Character.getType(c)) {
                case Character.CONTROL,
                        Character.FORMAT,
                        Character.LINE_SEPARATOR,
                        Character.PARAGRAPH_SEPARATOR,
                        Character.SURROGATE -> line.append(String.format("\\u%04x", c));
                default -> line.appendCodePoint(c);
            }
        });
        return text.codePointCount(0, text.length()) > MOST_SHOWN
                ? line.append("...").toString()
                : line.toString();
    }

    /** All of them, with commas. */
    static String choice(Collection<String> words) {
        return words.isEmpty()
                ? "nothing"
                : words.stream().map(word -> '"' + word + '"').collect(Collectors.joining(", "));
    }

    /** A question about the one that was probably meant; empty if none is near. */
    static String nearest(String wrong, Collection<String> words) {
        String best = "";
        int least = Math.max(1, wrong.length() / 3) + 1;
        for (String word : words) {
            int distance = distance(wrong.toLowerCase(Locale.ROOT), word.toLowerCase(Locale.ROOT));
            if (distance < least) {
                least = distance;
                best = word;
            }
        }
        return best.isEmpty() ? "" : "; did you mean \"" + best + "\"?";
    }

    /** Levenshtein's: how many letters have to be added, removed or changed. */
    private static int distance(String one, String other) {
        int[] previous = new int[other.length() + 1];
        for (int i = 0; i <= other.length(); i++) {
            previous[i] = i;
        }
        for (int i = 1; i <= one.length(); i++) {
            int[] row = new int[other.length() + 1];
            row[0] = i;
            for (int j = 1; j <= other.length(); j++) {
                int change = previous[j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
                row[j] = Math.min(change, Math.min(previous[j], row[j - 1]) + 1);
            }
            previous = row;
        }
        return previous[other.length()];
    }
}
