package dev.reversetunnel;

import java.util.function.Predicate;

/**
 * What a program says.
 *
 * @param test of the application's
 */
record ProgramCondition(Predicate<Request> test) implements Condition {
    @Override
    public String name() {
        return "when";
    }

    @Override
    public String text() {
        return "a program says so";
    }

    @Override
    public boolean holds(Judged judged) {
        return test.test(judged.request());
    }

    @Override
    public String actual(Judged judged) {
        return "it does not";
    }
}
