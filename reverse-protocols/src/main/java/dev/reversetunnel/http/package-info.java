/**
 * The HTTP CONNECT proxy, client and server. Start with {@link dev.reversetunnel.http.HttpProxy}.
 *
 * <p>The handlers of a connection, from the socket inwards. A server's:
 *
 * <pre>
 * HttpResponseEncoder   answers, of Netty's codec
 * HttpRequestDecoder    the head of the request, of Netty's codec
 * HttpDialogue          looks the user up, and gives way to the following
 * DoorReply             the answer to the request, as soon as it is known
 * HoldUntilRead         what the client sends before that
 * </pre>
 *
 * <p>Rules that hold inside: passwords are in no message and no {@code toString()}, and what is remembered of them is a
 * digest; a connection carries one request.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9110#name-connect">RFC 9110, section 9.3.6</a>, and <a
 *     href="https://www.rfc-editor.org/rfc/rfc7617">RFC 7617</a> for name and password
 */
@NullMarked
package dev.reversetunnel.http;

import org.jspecify.annotations.NullMarked;
