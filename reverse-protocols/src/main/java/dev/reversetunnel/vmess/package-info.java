/**
 * VMess with AEAD header, client and server. Start with {@link dev.reversetunnel.vmess.Vmess}.
 *
 * <p>The handlers of a connection, from the socket inwards. A server's:
 *
 * <pre>
 * DoorHandshake         the request's header; silent towards strangers; gives way to the following
 * VmessChunkDecoder     chunks to bytes or datagrams, as fast as somebody reads
 * HeaderBeforePayload   sends the response's header together with the first chunk, then is gone
 * VmessChunkEncoder     bytes or datagrams to chunks
 * </pre>
 *
 * A client's:
 *
 * <pre>
 * VmessResponseDecoder  the response's header; gone once it was read
 * VmessChunkDecoder     as above
 * HeaderBeforePayload   sends the request's header together with the first chunk, or alone after 100 ms
 * VmessChunkEncoder     as above
 * </pre>
 *
 * <p>The bytes are known to {@code AuthId}, {@code RequestHeader}, {@code ResponseHeader} and {@code ChunkFormat},
 * which know nothing of channels. Rules that hold inside: keys, ids and payload are in no message and no
 * {@code toString()}; nobody who has not authenticated is answered; an opening is accepted once; one wrong chunk ends
 * the connection with a reset.
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/vmess.html">VMess</a>, which describes the old header;
 *     the AEAD header is only in the sources, {@code proxy/vmess/aead}
 */
@NullMarked
package dev.reversetunnel.vmess;

import org.jspecify.annotations.NullMarked;
