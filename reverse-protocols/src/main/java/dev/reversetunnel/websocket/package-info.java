/**
 * WebSocket as a transport, as V2Ray and Xray speak it. Start with {@link dev.reversetunnel.websocket.WebSocket}.
 *
 * <p>The handlers of a connection, from the socket inwards:
 *
 * <pre>
 * HttpServerCodec or HttpClientCodec   Netty's; gone when hands are shaken
 * WebSocketStream                      frames to bytes and back, pings, ends; there when hands are shaken
 * LayerGate                            until then, and until somebody reads: {@code ServerGate}, {@code ClientGate}
 * </pre>
 *
 * <p>{@code FrameReader} and {@code FrameWriter} know the bytes and nothing else. Frames carry a stream here: where one
 * begins or ends means nothing, so no frame is waited for as a whole, and there is no limit to their size.
 *
 * <p>Rules that hold inside: a stranger meets a plain web server; what does not ask in due form for a WebSocket at our
 * path is not found. Bytes are not copied, but for what a client has to mask.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455">RFC 6455</a>
 */
@NullMarked
package dev.reversetunnel.websocket;

import org.jspecify.annotations.NullMarked;
