package dev.reversetunnel.mux;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * What an end of our own make says of itself: that it understands the extension, and who it is. See
 * {@code MUX-EXTENSION.md}, HELLO.
 *
 * @param credit how many bytes of payload the other side may send on a new session before it is granted more; 0 to
 *     {@link Integer#MAX_VALUE}
 * @param node names the bridge or portal: the same on all its tunnels, another one after a restart
 * @param startedAt when that bridge or portal was started, to the millisecond
 * @param tunnels how many tunnels it would like to have; 0 for no wish, at most 65,535
 * @param name product and version, for people; at most 255 bytes of UTF-8
 */
public record MuxHello(int credit, UUID node, Instant startedAt, int tunnels, String name) {
    /** The default of {@code credit}: 64 KiB. */
    public static final int DEFAULT_CREDIT = 65_536;

    /** Of our choice: longer ones are cut when they are read. */
    static final int MAX_NAME_BYTES = 255;

    /**
     * Checks the ranges.
     *
     * @param credit 0 to {@link Integer#MAX_VALUE}
     * @param node names the bridge or portal
     * @param startedAt when it was started
     * @param tunnels 0 to 65,535
     * @param name at most 255 bytes of UTF-8
     */
    public MuxHello {
        Objects.requireNonNull(node, "node");
        startedAt = Instant.ofEpochMilli(startedAt.toEpochMilli());
        if (credit < 0) {
            throw new IllegalArgumentException("credit: " + credit + " (expected: 0 or more)");
        }
        if (tunnels < 0 || tunnels > 0xffff) {
            throw new IllegalArgumentException("tunnels: " + tunnels + " (expected: 0~65535)");
        }
        int length = name.getBytes(StandardCharsets.UTF_8).length;
        if (length > MAX_NAME_BYTES) {
            throw new IllegalArgumentException("name: " + length + " bytes (expected: at most " + MAX_NAME_BYTES + ")");
        }
    }

    /**
     * A hello with the default credit and no wishes.
     *
     * @param node names the bridge or portal
     * @param startedAt when it was started
     * @param name product and version
     */
    public MuxHello(UUID node, Instant startedAt, String name) {
        this(DEFAULT_CREDIT, node, startedAt, 0, name);
    }
}
