/**
 * Whether the house stands: whole tunnels over loopback, with V2Ray at the other end and with our own, as users see
 * them.
 *
 * <p>Start with {@link dev.reversetunnel.interop.TunnelContract}, which is the same for every pair of ends; the other
 * tests each show one way in which things go wrong. How much is done is set by system properties, see
 * {@link dev.reversetunnel.interop.Amount}.
 */
@NullMarked
package dev.reversetunnel.interop;

import org.jspecify.annotations.NullMarked;
