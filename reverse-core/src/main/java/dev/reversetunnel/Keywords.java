package dev.reversetunnel;

import java.util.Collection;
import java.util.List;

/** Texts that are looked for inside of names, all at once. */
final class Keywords {
    private final List<String> texts;

    private Keywords(List<String> texts) {
        this.texts = texts;
    }

    static Keywords of(Collection<String> texts) {
        return new Keywords(List.copyOf(texts));
    }

    /** Whether one of them is a part of the name. */
    boolean isIn(String name) {
        for (String text : texts) {
            if (name.contains(text)) {
                return true;
            }
        }
        return false;
    }

    int size() {
        return texts.size();
    }
}
