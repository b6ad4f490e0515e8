/**
 * The ciphers, hashes and memories that the protocols share. Not exported: a room of this module, with public classes
 * only because the protocols live in packages of their own.
 *
 * <p>Start with {@link dev.reversetunnel.crypto.AeadCipher}. Rules that hold inside: ciphers come from the JDK, or from
 * a {@link java.security.Provider} that somebody handed in, never through {@code Security.addProvider}; bulk work is
 * done on heap arrays, because the JDK's AES-GCM is half as fast on direct buffers; Bouncy Castle serves what the JDK
 * lacks (SHAKE128, BLAKE3), through its light-weight classes only. What belongs to one connection is not thread-safe;
 * what several event loops share says so.
 */
@NullMarked
package dev.reversetunnel.crypto;

import org.jspecify.annotations.NullMarked;
