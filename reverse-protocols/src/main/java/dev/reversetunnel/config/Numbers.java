package dev.reversetunnel.config;

import org.jspecify.annotations.Nullable;

/** Whole numbers in texts. */
final class Numbers {
    private static final int MAX_DIGITS = 10;

    private Numbers() {}

    /** Null if it is none, or out of range. */
    static @Nullable Integer parse(String text, int least, int most) {
        boolean minus = text.startsWith("-");
        String digits = minus ? text.substring(1) : text;
        boolean isWhole = !digits.isEmpty()
                && digits.length() <= MAX_DIGITS
                && digits.chars().allMatch(c -> c >= '0' && c <= '9');
        if (!isWhole) {
            return null;
        }
        long value = minus ? -Long.parseLong(digits) : Long.parseLong(digits);
        return value < least || value > most ? null : Integer.valueOf((int) value);
    }
}
