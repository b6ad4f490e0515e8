package dev.reversetunnel.shadowsocks;

/**
 * How hard a password of 2017 is to guess, seen from far: by its length and the kinds of its characters. Whoever has
 * recorded one connection may try as many as he likes, at the price of one MD5 each.
 */
final class PasswordStrength {
    /** What nobody can try out. */
    static final int ENOUGH_BITS = 128;

    private PasswordStrength() {}

    /** At most so many bits. */
    static int bits(String password) {
        long distinct = password.chars().distinct().count();
        double length = Math.min(password.length(), 4.0 * distinct); // aaaaaaaaaaaaaaaa is no long one
        return (int) (length * Math.log(alphabet(password)) / Math.log(2));
    }

    static boolean isEnough(String password) {
        return bits(password) >= ENOUGH_BITS;
    }

    private static int alphabet(String password) {
        if (password.matches("[0-9a-f]*|[0-9A-F]*")) {
            return 16;
        }
        int size = 0;
        size += password.matches(".*[a-z].*") ? 26 : 0;
        size += password.matches(".*[A-Z].*") ? 26 : 0;
        size += password.matches(".*[0-9].*") ? 10 : 0;
        size += password.matches(".*[^a-zA-Z0-9].*") ? 33 : 0;
        return Math.max(2, size);
    }
}
