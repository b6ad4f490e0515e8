/**
 * The documents of V2Ray, Xray and sing-box for the other end of a portal or a bridge. Start with
 * {@link dev.reversetunnel.peerconfig.Peers}.
 *
 * <p>A portal or bridge tells its parts, these their agreements (package {@code agreement}, not exported).
 * {@link dev.reversetunnel.peerconfig.PeerOfPortal} and {@link dev.reversetunnel.peerconfig.PeerOfBridge} find out what
 * was meant, {@code Program}s write it down. Rules that hold inside: what a program cannot do is refused here, with the
 * way out, and not left to be found out there; nothing is ever made less safe silently, certificates are always
 * verified; secrets are in the document and nowhere else; what is written is accepted by the versions that tests name.
 */
@NullMarked
package dev.reversetunnel.peerconfig;

import org.jspecify.annotations.NullMarked;
