package dev.reversetunnel;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that cannot keep an event loop busy: who asks for a name that was made to let it search for ever
 * is not served.
 */
final class BoundedPattern {
    /**
     * Of our choice, a few milliseconds of work. A name has at most 255 characters; an expression that is not ambiguous
     * looks at each a few times, and one like {@code ^(.+\.)+example$} at 53,000 (JDK 17).
     */
    private static final int MAX_LOOKS = 500_000;

    private final Pattern pattern;

    /** Compiles it; {@code what} names it where it has a fault. */
    BoundedPattern(String what, String expression) {
        try {
            pattern = Pattern.compile(expression);
        } catch (PatternSyntaxException e) {
            throw new IllegalArgumentException(
                    what + ": \"regexp:" + expression + "\" (expected: a regular expression; " + e.getDescription()
                            + (e.getIndex() < 0 ? "" : " at " + e.getIndex()) + ")",
                    e);
        }
        if (expression.isEmpty()) {
            throw new IllegalArgumentException(what + ": \"regexp:\" (expected: a regular expression)");
        }
    }

    /** Whether it is found in some text. */
    boolean isIn(String text) {
        try {
            return pattern.matcher(new Counted(text)).find();
        } catch (StackOverflowError e) {
            throw tooLong(pattern.pattern(), e);
        }
    }

    private static IllegalStateException tooLong(String expression, Throwable cause) {
        return new IllegalStateException(
                "the rules' regular expression " + expression + " takes too long for this name; can it be written"
                        + " without one repetition inside another?",
                cause);
    }

    /** Text that is looked at so many times only. */
    private final class Counted implements CharSequence {
        private final String text;
        private int looks;

        Counted(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            if (++looks > MAX_LOOKS) {
                throw tooLong(pattern.pattern(), new IllegalStateException(looks + " looks at " + text.length()));
            }
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.substring(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
