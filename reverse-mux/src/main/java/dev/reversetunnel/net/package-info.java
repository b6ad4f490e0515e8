/**
 * Where bytes go: {@link dev.reversetunnel.net.Destination} and what carries its name on the wire.
 *
 * <p>Start with {@link dev.reversetunnel.net.Destination}. A value that exists is valid; IP addresses are kept in one
 * canonical text form, so that access rules see the address and not one of its many spellings.
 */
@NullMarked
package dev.reversetunnel.net;

import org.jspecify.annotations.NullMarked;
