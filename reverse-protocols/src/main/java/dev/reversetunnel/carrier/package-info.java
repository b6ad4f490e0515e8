/**
 * What the servers and clients of all protocols have in common: where they listen, what carries them, whom they let in.
 * Nobody starts here, but with a protocol's own door, such as {@link dev.reversetunnel.vmess.Vmess}.
 */
@NullMarked
package dev.reversetunnel.carrier;

import org.jspecify.annotations.NullMarked;
