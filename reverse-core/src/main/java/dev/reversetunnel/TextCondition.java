package dev.reversetunnel;

import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Some text of a request is one of several.
 *
 * @param name what it looks at
 * @param values the alternatives, as they were given
 * @param of finds it in a request; empty if it is not there
 * @param test whether it fits; not asked where it is not there
 */
record TextCondition(String name, List<String> values, Function<Request, String> of, Predicate<String> test)
        implements Condition {

    static TextCondition of(String name, List<String> texts, Function<Request, String> of, Predicate<String> test) {
        return new TextCondition(name, List.copyOf(texts), of, test);
    }

    @Override
    public String text() {
        return Condition.text(values);
    }

    @Override
    public boolean holds(Judged judged) {
        String value = of.apply(judged.request());
        return !value.isEmpty() && test.test(value);
    }

    @Override
    public String actual(Judged judged) {
        String value = of.apply(judged.request());
        return value.isEmpty() ? "none" : value;
    }
}
