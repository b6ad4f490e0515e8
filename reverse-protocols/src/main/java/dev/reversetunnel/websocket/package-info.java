/**
 * WebSocket as a transport, as V2Ray and Xray speak it. Start with {@link dev.reversetunnel.websocket.WebSocket}.
 *
 * <p>The handlers of a connection, from the socket inwards:
 *
 * <pre>
 * HttpServerCodec or HttpClientCodec   Netty's; gone when hands are shaken
 * WebSocket13FrameDecoder, -Encoder    Netty's; there when hands are shaken
 * WebSocketStream                      frames to bytes and back, pings, ends
 * LayerGate                            until hands are shaken and somebody reads: {@code ServerGate}, {@code ClientGate}
 * </pre>
 *
 * <p>HTTP, handshakes and frames are Netty's; what they mean for a stream is decided here. Rules that hold inside: a
 * stranger meets a plain web server, and what does not ask in due form for a WebSocket at our path is not found; nobody
 * but {@code WebSocketStream} ends a connection that is a WebSocket.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455">RFC 6455</a>
 */
@NullMarked
package dev.reversetunnel.websocket;

import org.jspecify.annotations.NullMarked;
