/**
 * Bodies that consist of sealed chunks: who gathers them, who opens them only when somebody wants the bytes, how they
 * end. Shared by the protocols that have such bodies; not exported.
 *
 * <p>Start with {@link dev.reversetunnel.body.BodyDecoder} and {@link dev.reversetunnel.body.BodyEncoder}, the
 * handlers. A protocol adds an {@link dev.reversetunnel.body.Opener} and a {@link dev.reversetunnel.body.Sealer}, which
 * know how its chunks look and nothing of channels. Rule that holds inside: bytes go from array to array, those of
 * {@link dev.reversetunnel.crypto.CryptoScratch}, and are copied once on their way in and once on their way out.
 */
@NullMarked
package dev.reversetunnel.body;

import org.jspecify.annotations.NullMarked;
