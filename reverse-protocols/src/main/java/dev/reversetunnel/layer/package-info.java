/**
 * What transports that are made of another transport share: TLS and WebSocket. Not exported.
 *
 * <p>Such a layer shakes hands before anybody above it may speak. Its handlers of a connection, from the socket
 * inwards:
 *
 * <pre>
 * the layer's own     TLS records, or HTTP and then frames
 * LayerGate           shakes hands; then lets the protocol in, holds what comes until somebody reads, and is gone
 * the protocol's      put in place when hands are shaken
 * </pre>
 *
 * <p>Start with {@link dev.reversetunnel.layer.LayerGate}. {@link dev.reversetunnel.layer.LayerDial} and
 * {@link dev.reversetunnel.layer.LayerDoor} say what becomes of a handshake on either side. Rules that hold inside: a
 * protocol sees a connection only after the handshake, as if it had just been made, so its limits for strangers do not
 * see those who never get so far; the layer has limits of its own for these. A handshake has a deadline.
 */
@NullMarked
package dev.reversetunnel.layer;

import org.jspecify.annotations.NullMarked;
