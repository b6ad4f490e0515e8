/**
 * Mux.cool: many sessions inside one connection.
 *
 * <p>Read in this order: {@link dev.reversetunnel.mux.MuxFrame} (what is on the wire),
 * {@link dev.reversetunnel.mux.MuxFrameDecoder} and {@link dev.reversetunnel.mux.MuxFrameEncoder},
 * {@link dev.reversetunnel.mux.MuxConnection} (opens sessions, and holds together what serves them), {@code Arrivals}
 * (what comes: accepts sessions, hands bytes on), {@code SessionTable} (which are open, and the last word of each),
 * {@link dev.reversetunnel.mux.MuxSession} (one session as a Netty channel) with its {@code SessionInput} and
 * {@code SessionOutput}, {@code WriteTurns} (who writes next), {@code SlowReaders} and {@code CreditedReaders} (who
 * does not read). The extension that two ends of our make speak is {@code MUX-EXTENSION.md}, its records
 * {@code MuxRecord}.
 *
 * <p>Order of handlers on the carrier's channel, behind those of its protocol:
 *
 * <ol>
 *   <li>{@code MuxFrameDecoder}: bytes to frames, payload not copied
 *   <li>{@code MuxFrameEncoder}: frames to bytes
 *   <li>{@code MuxConnection}: frames to sessions and back
 * </ol>
 *
 * <p>Rules inside: a connection and all its sessions are touched on the carrier's event loop only; a frame that was
 * read belongs to who reads it; a {@link dev.reversetunnel.mux.MuxException} says whether one session or the tunnel is
 * lost.
 *
 * <p>In a reverse tunnel the portal is the mux client (it opens sessions) although the bridge dialled.
 */
@NullMarked
package dev.reversetunnel.mux;

import org.jspecify.annotations.NullMarked;
