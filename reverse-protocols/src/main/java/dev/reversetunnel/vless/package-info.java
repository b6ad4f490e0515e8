/**
 * VLESS without a flow, client and server, and its reverse command. Start with {@link dev.reversetunnel.vless.Vless}.
 *
 * <p>The handlers of a connection, from the socket inwards. A server's:
 *
 * <pre>
 * DoorHandshake         the request's header; gives way to the following, or sends a stranger on
 * HoldUntilRead         keeps what came behind the header until somebody reads, then is gone
 * HeaderBeforePayload   sends the response's header together with the first bytes, then is gone
 * VlessDatagramDecoder  command 2 only: body to datagrams
 * VlessDatagramEncoder  command 2 only: datagrams to body
 * </pre>
 *
 * A client's:
 *
 * <pre>
 * VlessResponseDecoder  the response's header; gone once it was read
 * HoldUntilRead         as above
 * HeaderBeforePayload   sends the request's header together with the first bytes, or alone after 100 ms
 * VlessDatagramDecoder  as above
 * VlessDatagramEncoder  as above
 * </pre>
 *
 * <p>The body of a stream is the connection itself, so its ends are those of the transport below. The bytes of headers
 * are known to {@code RequestHeader}, {@code RequestHeaderDecoder} and {@code Addons}, which know nothing of channels.
 * Rules that hold inside: ids are in no message and no {@code toString()}; nobody who has not shown an id is answered;
 * an id is compared whole or not at all, in bytes that count; a flow is refused, for a client that wants one would send
 * something else than the body.
 *
 * @see <a href="https://xtls.github.io/en/development/protocols/vless.html">VLESS</a>; command 4 is only in the sources
 *     of Xray, {@code proxy/vless}
 */
@NullMarked
package dev.reversetunnel.vless;

import org.jspecify.annotations.NullMarked;
