package dev.reversetunnel;

import java.net.SocketAddress;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A tunnel at one moment.
 *
 * @param owner the tag of the portal or bridge
 * @param number counts the owner's tunnels from 1
 * @param state where it is in its life
 * @param health whether its other end answers
 * @param user the name under which the bridge registered, at a portal; else empty
 * @param remote the other end's address; null if there is none yet
 * @param since when it was opened
 * @param openSessions how many sessions are open, control sessions included
 * @param openedSessions how many were ever opened, control sessions included
 * @param bytesReceived payload bytes from the other end
 * @param bytesSent payload bytes given to the carrier
 * @param queuedBytes bytes that wait for readers who do not read
 * @param blocked whether such a reader has stopped the whole tunnel
 * @param roundTrip how long the other end took to answer when it was asked last; null if that is not known
 * @param wear how much of the carrier's life is used up, from 0 to 1: VMess counts 65,536 chunks a direction. Above 1
 *     its nonces repeat
 */
public record TunnelSnapshot(
        String owner,
        int number,
        TunnelState state,
        TunnelHealth health,
        String user,
        @Nullable SocketAddress remote,
        Instant since,
        int openSessions,
        int openedSessions,
        long bytesReceived,
        long bytesSent,
        int queuedBytes,
        boolean blocked,
        @Nullable Duration roundTrip,
        double wear) {}
