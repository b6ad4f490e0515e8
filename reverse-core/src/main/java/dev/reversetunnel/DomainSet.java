package dev.reversetunnel;

import java.net.IDN;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * A set of domain names, made of patterns. Immutable; what a decision costs hardly depends on how many patterns of the
 * plain kinds there are.
 *
 * <p>Case does not matter, nor does a dot at the end of a name.
 */
public final class DomainSet {
    private static final DomainSet EMPTY = builder().build();

    /** The kinds of patterns that are names. */
    private static final Set<String> WHOLE = Set.of("full", "domain");

    /** The kinds of patterns that are names or parts of them. */
    private static final Set<String> PLAIN = Set.of("full", "domain", "keyword", "dotless");

    private final Set<String> full;
    private final Set<String> domains;
    private final Keywords keywords;
    private final Keywords dotless;
    private final List<BoundedPattern> regexps;

    private DomainSet(Builder builder) {
        full = Set.copyOf(builder.full);
        domains = Set.copyOf(builder.domains);
        keywords = Keywords.of(builder.keywords);
        dotless = Keywords.of(builder.dotless);
        regexps = List.copyOf(builder.regexps);
    }

    /**
     * A set of names.
     *
     * @param patterns each as {@link Builder#add} takes it
     * @return the set
     * @throws IllegalArgumentException if one cannot be understood
     */
    public static DomainSet of(String... patterns) {
        Builder builder = builder();
        Arrays.stream(patterns).forEach(builder::add);
        return builder.build();
    }

    /**
     * A set without a name.
     *
     * @return the set
     */
    public static DomainSet empty() {
        return EMPTY;
    }

    /**
     * Collects patterns.
     *
     * @return a builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Whether a name is in the set.
     *
     * @param name a domain name
     * @return true if a pattern matches it
     * @throws IllegalStateException if a regular expression takes too long for this name, on purpose perhaps
     */
    public boolean contains(String name) {
        return containsCanonical(canonical(name));
    }

    boolean containsCanonical(String name) {
        if (full.contains(name) || isBelow(name) || keywords.isIn(name)) {
            return true;
        }
        if (name.indexOf('.') < 0 && dotless.isIn(name)) {
            return true;
        }
        for (BoundedPattern regexp : regexps) {
            if (regexp.isIn(name)) {
                return true;
            }
        }
        return false;
    }

    private boolean isBelow(String name) {
        if (domains.isEmpty()) {
            return false;
        }
        if (domains.contains(name)) {
            return true;
        }
        for (int dot = name.indexOf('.'); dot >= 0; dot = name.indexOf('.', dot + 1)) {
            if (domains.contains(name.substring(dot + 1))) {
                return true;
            }
        }
        return false;
    }

    static String canonical(String name) {
        String bare = name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
        return bare.toLowerCase(Locale.ROOT);
    }

    /** How many patterns of each kind there are. */
    @Override
    public String toString() {
        return full.size() + " names, " + domains.size() + " domains, " + (keywords.size() + dotless.size())
                + " keywords and " + regexps.size() + " regular expressions";
    }

    /** Collects the patterns of a set. Not safe for use by several threads. */
    public static final class Builder {
        private final Set<String> full = new HashSet<>();
        private final Set<String> domains = new HashSet<>();
        private final Set<String> keywords = new HashSet<>();
        private final Set<String> dotless = new HashSet<>();
        private final List<BoundedPattern> regexps = new ArrayList<>();

        private Builder() {}

        /**
         * Adds a pattern as documents of V2Ray have it: one of the other methods' name, a colon and its argument; or
         * plain text, which is a {@link #keyword}.
         *
         * @param pattern such as {@code domain:example.com}
         * @return this
         * @throws IllegalArgumentException if it is of an unknown kind, or of none of these; or if no name is ever like
         *     it, as {@code *.example.com}
         */
        public Builder add(String pattern) {
            int colon = pattern.indexOf(':');
            String kind = colon < 0 ? "keyword" : pattern.substring(0, colon);
            String value = pattern.substring(colon + 1);
            if (PLAIN.contains(kind)) {
                requirePossible(pattern, WHOLE.contains(kind), value);
            }
            return switch (kind) {
                case "full" -> full(value);
                case "domain" -> domain(value);
                case "keyword" -> keyword(value);
                case "regexp" -> regexp(value);
                case "dotless" -> dotless(value);
                default ->
                    throw new IllegalArgumentException("domain: \"" + pattern
                            + "\" (expected: full:, domain:, keyword:, regexp: or dotless: and a value, or a part of a"
                            + " name)");
            };
        }

        /**
         * Adds one name.
         *
         * @param name as in {@code full:www.example.com}; in other scripts, too, whose ASCII form is meant then
         * @return this
         * @throws IllegalArgumentException if it is empty
         */
        public Builder full(String name) {
            full.add(required("full:", name));
            return this;
        }

        /**
         * Adds a domain: this name, and all that end in a dot and this name.
         *
         * @param name as in {@code domain:example.com}; in other scripts, too, whose ASCII form is meant then
         * @return this
         * @throws IllegalArgumentException if it is empty
         */
        public Builder domain(String name) {
            domains.add(required("domain:", name));
            return this;
        }

        /**
         * Adds all names that some text is a part of.
         *
         * @param text as in {@code keyword:example}
         * @return this
         * @throws IllegalArgumentException if it is empty, for it would be a part of every name
         */
        public Builder keyword(String text) {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("domain: \"\" (expected: a part of a name)");
            }
            keywords.add(text.toLowerCase(Locale.ROOT));
            return this;
        }

        /**
         * Adds all names that a regular expression is found in, anywhere unless it says {@code ^} or {@code $}. Names
         * are lower case.
         *
         * <p>The syntax is that of {@link java.util.regex.Pattern}. Where V2Ray's engine takes time in proportion to
         * the name, this one may take for ever with some expressions, such as {@code (x+x+)+y}; so how much work it may
         * be is bounded, and a name that needs more is not served.
         *
         * @param expression as in {@code regexp:\.goo.*\.com$}
         * @return this
         * @throws IllegalArgumentException if it has a fault; the message says where
         */
        public Builder regexp(String expression) {
            regexps.add(new BoundedPattern("domain", expression));
            return this;
        }

        /**
         * Adds all names without a dot that some text is a part of, as of machines in the local network.
         *
         * @param text as in {@code dotless:pc-}; empty for all names without a dot
         * @return this
         * @throws IllegalArgumentException if it has a dot
         */
        public Builder dotless(String text) {
            if (text.indexOf('.') >= 0) {
                throw new IllegalArgumentException("domain: \"dotless:" + text + "\" (expected: no dot)");
            }
            dotless.add(text.toLowerCase(Locale.ROOT));
            return this;
        }

        /** People mean something by a pattern that no name can be like. Lists in files may have some all the same. */
        private static void requirePossible(String pattern, boolean whole, String value) {
            String text = whole ? ascii(value) : value;
            boolean hasEmptyLabel = whole && (text.startsWith(".") || text.contains(".."));
            if (!hasEmptyLabel && isPossible(text)) {
                return;
            }
            String below = text.replaceFirst("^[*.]+", "");
            boolean meansBelow = !below.isEmpty() && !below.equals(text) && isPossible(below);
            throw new IllegalArgumentException("domain: \"" + pattern + "\" (expected: "
                    + (meansBelow
                            ? "\"domain:" + below + "\", which is for all names below it, too"
                            : "a name or a part of one: letters, digits, '-', '.', '_'"
                                    + (isAscii(text) ? "" : "; other scripts in their ASCII form, see java.net.IDN"))
                    + ")");
        }

        /** Without a regular expression: each bridge has a name in its rules, and a JVM starts sooner so. */
        private static boolean isPossible(String text) {
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
                if (!letter && !(c >= '0' && c <= '9') && c != '.' && c != '_' && c != '-') {
                    return false;
                }
            }
            return true;
        }

        private static boolean isAscii(String text) {
            for (int i = 0; i < text.length(); i++) {
                if (text.charAt(i) >= 128) {
                    return false;
                }
            }
            return true;
        }

        /** As names travel; what has no such form stays as it is, and is no name that anybody asks for. */
        private static String ascii(String name) {
            if (isAscii(name)) {
                return name; // as it would be, but for tables of other scripts, which take 15 ms to read
            }
            try {
                return IDN.toASCII(name);
            } catch (IllegalArgumentException e) {
                return name;
            }
        }

        private static String required(String kind, String name) {
            String canonical = canonical(ascii(name));
            if (canonical.isEmpty()) {
                throw new IllegalArgumentException(
                        "domain: \"" + kind + name + "\" (expected: \"" + kind + "\" and a domain name)");
            }
            return canonical;
        }

        /**
         * Makes the set.
         *
         * @return the set
         */
        public DomainSet build() {
            return new DomainSet(this);
        }
    }
}
