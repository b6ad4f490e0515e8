package dev.reversetunnel.mux;

import java.time.Duration;
import java.util.Objects;

/**
 * Limits and manners of one {@link MuxConnection}. Start with {@link #DEFAULT} and change single values.
 *
 * @param dialect what stands behind a New's target; default {@link MuxDialect#COOL}
 * @param maxFramePayload the most bytes of a stream in one frame that we send; default 16,360, so that a frame and its
 *     header fill one chunk of 16,368 bytes. All peers accept 65,535
 * @param maxDatagram the most bytes of a datagram that we send to a peer of which we do not know that it bears more,
 *     see {@link MuxConnection#maxDatagram()}; larger ones are dropped. Default 2,048: V2Ray closes the whole tunnel
 *     over one byte more (Xray's limit is 8,192)
 * @param maxSessions how many sessions may be open at once; default 1,024. What comes beyond is refused; one of
 *     datagrams takes the place of another, the one that was idle for longest
 * @param sessionQueueBytes how many bytes a session may queue for a reader that does not read; default 256 KiB
 * @param tunnelQueueBytes the same for all sessions of the connection together; default 4 MiB
 * @param grace how long the connection waits for a session whose queue is full and whose reader takes nothing, before
 *     that session alone is ended with an error; default 10 s. A reader that takes something has twice as long to empty
 *     half of its queue
 * @param newPerSecond how many sessions the other side may open in a second; default 20,000. What comes beyond waits:
 *     nothing is read until the second is over, and the connection is never closed for it
 * @param budget memory that the connection shares with others; default {@link ByteBudget#UNLIMITED}
 */
public record MuxOptions(
        MuxDialect dialect,
        int maxFramePayload,
        int maxDatagram,
        int maxSessions,
        int sessionQueueBytes,
        int tunnelQueueBytes,
        Duration grace,
        int newPerSecond,
        ByteBudget budget) {

    /** The defaults, fit for every known peer. */
    public static final MuxOptions DEFAULT = new MuxOptions(
            MuxDialect.COOL,
            16_360,
            2_048,
            1_024,
            256 * 1024,
            4 * 1024 * 1024,
            Duration.ofSeconds(10),
            20_000,
            ByteBudget.UNLIMITED);

    /**
     * Checks the ranges.
     *
     * @param dialect what stands behind a New's target
     * @param maxFramePayload 1 to 65,535
     * @param maxDatagram 1 to 65,535
     * @param maxSessions 1 to 65,534
     * @param sessionQueueBytes positive
     * @param tunnelQueueBytes at least {@code sessionQueueBytes}
     * @param grace positive
     * @param newPerSecond positive
     * @param budget memory that is shared
     */
    public MuxOptions {
        Objects.requireNonNull(dialect, "dialect");
        Objects.requireNonNull(budget, "budget");
        check("maxFramePayload", maxFramePayload, 1, MuxFrame.MAX_PAYLOAD);
        check("maxDatagram", maxDatagram, 1, MuxFrame.MAX_PAYLOAD);
        check("maxSessions", maxSessions, 1, MuxFrame.MAX_SESSION_ID - 1);
        check("sessionQueueBytes", sessionQueueBytes, 1, Integer.MAX_VALUE);
        check("tunnelQueueBytes", tunnelQueueBytes, sessionQueueBytes, Integer.MAX_VALUE);
        if (grace.isNegative() || grace.isZero()) {
            throw new IllegalArgumentException("grace: " + grace + " (expected: a positive time)");
        }
        check("newPerSecond", newPerSecond, 1, Integer.MAX_VALUE);
    }

    /**
     * The same with another dialect.
     *
     * @param other what stands behind a New's target
     * @return new options
     */
    public MuxOptions dialect(MuxDialect other) {
        return new MuxOptions(
                other,
                maxFramePayload,
                maxDatagram,
                maxSessions,
                sessionQueueBytes,
                tunnelQueueBytes,
                grace,
                newPerSecond,
                budget);
    }

    /**
     * The same with another limit of open sessions.
     *
     * @param most 1 to 65,534
     * @return new options
     */
    public MuxOptions maxSessions(int most) {
        return new MuxOptions(
                dialect,
                maxFramePayload,
                maxDatagram,
                most,
                sessionQueueBytes,
                tunnelQueueBytes,
                grace,
                newPerSecond,
                budget);
    }

    /**
     * The same with other budgets for readers that do not read.
     *
     * @param perSession bytes a session may queue
     * @param perTunnel bytes all sessions may queue together
     * @return new options
     */
    public MuxOptions queueBytes(int perSession, int perTunnel) {
        return new MuxOptions(
                dialect, maxFramePayload, maxDatagram, maxSessions, perSession, perTunnel, grace, newPerSecond, budget);
    }

    /**
     * The same with another grace period.
     *
     * @param time how long a full queue may stand still
     * @return new options
     */
    public MuxOptions grace(Duration time) {
        return new MuxOptions(
                dialect,
                maxFramePayload,
                maxDatagram,
                maxSessions,
                sessionQueueBytes,
                tunnelQueueBytes,
                time,
                newPerSecond,
                budget);
    }

    /**
     * The same with another limit of openings.
     *
     * @param most how many sessions the other side may open in a second, positive
     * @return new options
     */
    public MuxOptions newPerSecond(int most) {
        return new MuxOptions(
                dialect,
                maxFramePayload,
                maxDatagram,
                maxSessions,
                sessionQueueBytes,
                tunnelQueueBytes,
                grace,
                most,
                budget);
    }

    /**
     * The same with memory that is shared.
     *
     * @param shared with other connections
     * @return new options
     */
    public MuxOptions budget(ByteBudget shared) {
        return new MuxOptions(
                dialect,
                maxFramePayload,
                maxDatagram,
                maxSessions,
                sessionQueueBytes,
                tunnelQueueBytes,
                grace,
                newPerSecond,
                shared);
    }

    private static void check(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + ": " + value + " (expected: " + least + "~" + most + ")");
        }
    }
}
