package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Collects what is wrong with a document, and what is merely worth a word. */
final class Faults {
    /** Of our choice: whoever has made more mistakes than this has given us another kind of file. */
    private static final int MOST = 100;

    private final List<Found> faults = new ArrayList<>();
    private final List<Found> ofMachine = new ArrayList<>();
    private final List<Found> warnings = new ArrayList<>();
    private final List<Section> sections = new ArrayList<>();

    private record Found(Place place, String text) {}

    /** Remembers an object that is being read, to look later for keys that nobody asked for. */
    void reading(Section section) {
        sections.add(section);
    }

    /**
     * Something is wrong.
     *
     * @param what value and expectation, without the path
     */
    void fault(Place place, String what) {
        add(faults, place, what);
    }

    /** Something is wrong here and now, though the document may be right on another machine: a file is missing. */
    void faultOfMachine(Place place, String what) {
        add(ofMachine, place, what);
    }

    /** Something has no effect here, or another one than the writer may think. */
    void warn(Place place, String what) {
        add(warnings, place, what);
    }

    private static void add(List<Found> list, Place place, String what) {
        if (list.size() < MOST) {
            String text = place + ": " + (place.path().isEmpty() ? what : place.path() + ": " + what);
            list.add(new Found(place, Words.oneLine(text)));
        }
    }

    /** What a part of the library makes of a value; null if it refuses it, which is then a fault. */
    <T> @Nullable T made(Place place, Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            fault(place, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** As {@link #made}, for what needs files: its refusal is a fault of this machine. */
    <T> @Nullable T madeHere(Place place, Supplier<T> maker) {
        try {
            return maker.get();
        } catch (IllegalArgumentException | IllegalStateException e) {
            faultOfMachine(place, String.valueOf(e.getMessage()));
            return null;
        }
    }

    /** Looks for keys that nobody has asked for. To be called once, after reading. */
    void finishReading() {
        for (int i = 0; i < sections.size(); i++) { // for what is ignored may be opened meanwhile
            sections.get(i).finish();
        }
        sections.clear();
    }

    /** How many there are by now. */
    int count() {
        return faults.size();
    }

    /** Throws if something is wrong with the document itself. */
    void throwIfWrong() throws DocumentException {
        if (!faults.isEmpty()) {
            List<Found> all = new ArrayList<>(faults);
            all.addAll(ofMachine);
            throw new DocumentException(sorted(all));
        }
    }

    /** Throws if something is wrong at all. */
    void throwIfUnusable() throws DocumentException {
        throwIfWrong();
        if (!ofMachine.isEmpty()) {
            throw new DocumentException(sorted(ofMachine));
        }
    }

    List<String> warnings() {
        return sorted(warnings);
    }

    private static List<String> sorted(List<Found> found) {
        return found.stream()
                .sorted(Comparator.comparing(Found::place))
                .map(Found::text)
                .distinct()
                .toList();
    }
}
