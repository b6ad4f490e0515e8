package dev.reversetunnel.config;

/** The list of {@link UnsupportedKeys}: where, key or key=value, what happens, what to do instead. */
final class UnsupportedTables {
    private static final String DOCUMENT = """
            document | stats                | warning | ReverseTunnel.snapshot() counts, always
            """;

    static final String[] ALL = {DOCUMENT};

    private UnsupportedTables() {}
}
