/**
 * SOCKS5, client and server. Start with {@link dev.reversetunnel.socks.Socks5}.
 *
 * <p>The handlers of a connection, from the socket inwards. A server's:
 *
 * <pre>
 * Socks5ServerEncoder   answers, of Netty's codec
 * Socks5...Decoder      the greeting, then name and password, then the request: one after another, of Netty's codec
 * SocksDialogue         chooses the method, looks users up, and gives way to the following
 * DoorReply             the answer to the request, as soon as it is known
 * HoldUntilRead         what the client sends before that
 * </pre>
 *
 * <p>Behind the request for an association the connection carries nothing more and only says how long that lives:
 * {@code UdpAssociation}, which has a socket of its own. Rules that hold inside: passwords are in no message and no
 * {@code toString()}, and what is remembered of them is a digest; datagrams of anybody but the client are dropped.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc1928">RFC 1928</a>, and <a
 *     href="https://www.rfc-editor.org/rfc/rfc1929">RFC 1929</a> for name and password
 */
@NullMarked
package dev.reversetunnel.socks;

import org.jspecify.annotations.NullMarked;
