/**
 * TLS as a transport. Start with {@link dev.reversetunnel.tls.Tls}.
 *
 * <p>The handlers of a connection, from the socket inwards; the same on both sides:
 *
 * <pre>
 * FarewellGuard   keeps back a close_notify that nobody has asked for
 * SslHandler      Netty's: records to bytes and back
 * TlsEnds         close_notify is the clean end, anything else a cut; ends our output
 * LayerGate       until hands are shaken and somebody reads: {@code TlsGate}
 * </pre>
 *
 * <p>Rules that hold inside: nothing of TLS that takes long is done on an event loop, neither files nor signatures; a
 * reset never says farewell; keys and passwords are in no message and no {@code toString()}. Netty looks names up in
 * certificates in 4.2 and not in 4.1, so it is told.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8446">RFC 8446, TLS 1.3</a>
 */
@NullMarked
package dev.reversetunnel.tls;

import org.jspecify.annotations.NullMarked;
