package dev.reversetunnel.config;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Ports, as documents write them: a number, or a text such as {@code 53,443,1000-2000}, or {@code env:NAME} for what an
 * environment variable holds.
 *
 * @param ranges one at least, in their order
 */
record Ports(List<Range> ranges) {
    private static final String EXPECTED = "0~65535, or a text such as \"53,443,1000-2000\"";

    Ports {
        ranges = List.copyOf(ranges);
    }

    /**
     * Some ports in a row.
     *
     * @param first of them
     * @param last of them, not below the first
     */
    record Range(int first, int last) {
        @Override
        public String toString() {
            return first == last ? String.valueOf(first) : first + "-" + last;
        }
    }

    /** Null if they cannot be, which is told. */
    static @Nullable Ports read(Value value, Faults faults) {
        if (value instanceof Value.Figure number) {
            return parse(number.text(), number.text(), value.place(), faults);
        }
        if (value instanceof Value.Text text) {
            String known = Environment.resolve(text.text(), value.place(), faults);
            return known == null ? null : parse(known, '"' + text.text() + '"', value.place(), faults);
        }
        faults.fault(value.place(), value.kind() + " (expected: " + EXPECTED + ")");
        return null;
    }

    private static @Nullable Ports parse(String text, String shown, Place place, Faults faults) {
        List<Range> ranges = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            Range range = range(part.strip());
            if (range == null) {
                faults.fault(place, shown + " (expected: " + EXPECTED + ")");
                return null;
            }
            ranges.add(range);
        }
        return new Ports(ranges);
    }

    private static @Nullable Range range(String text) {
        int minus = text.indexOf('-');
        Integer first = port(minus < 0 ? text : text.substring(0, minus).strip());
        Integer last = minus < 0 ? first : port(text.substring(minus + 1).strip());
        return first == null || last == null || last < first ? null : new Range(first, last);
    }

    static @Nullable Integer port(String text) {
        return Numbers.parse(text, 0, 65_535);
    }

    /** The first port of both; null if there is none. Port 0 is any free one. */
    @Nullable
    Integer shared(Ports other) {
        for (Range one : ranges) {
            for (Range another : other.ranges) {
                int first = Math.max(1, Math.max(one.first, another.first));
                if (first <= Math.min(one.last, another.last)) {
                    return first;
                }
            }
        }
        return null;
    }

    int count() {
        return ranges.stream().mapToInt(range -> range.last - range.first + 1).sum();
    }

    /** The only one; null if there are several. */
    @Nullable
    Integer single() {
        return count() == 1 ? (Integer) ranges.get(0).first : null;
    }

    /** As a document has them. */
    @Override
    public String toString() {
        return ranges.stream().map(Range::toString).collect(Collectors.joining(","));
    }
}
