package dev.reversetunnel.websocket;

import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketClientHandshaker13;
import io.netty.handler.codec.http.websocketx.WebSocketFrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocketVersion;
import java.net.URI;

/**
 * Netty's, with a decoder that leaves it to us to end the connection, and without the {@code Origin} that a browser
 * sends, unless it was asked for.
 */
final class ClientHandshaker extends WebSocketClientHandshaker13 {
    /** Netty wants a host in the address, and then takes the one of the headers. */
    private static final String ANY_HOST = "ws://localhost";

    private final Framing framing;
    private final boolean hasOrigin;

    /**
     * For one connection.
     *
     * @param headers with a host
     */
    ClientHandshaker(WebSocketPath path, HttpHeaders headers, Framing framing) {
        super(URI.create(ANY_HOST + path), WebSocketVersion.V13, null, false, headers, framing.maxFrame(), true, false);
        this.framing = framing;
        this.hasOrigin = headers.contains(HttpHeaderNames.ORIGIN);
    }

    @Override
    protected FullHttpRequest newHandshakeRequest() {
        FullHttpRequest request = super.newHandshakeRequest();
        if (!hasOrigin) {
            request.headers().remove(HttpHeaderNames.ORIGIN);
        }
        return request;
    }

    @Override
    protected WebSocketFrameDecoder newWebsocketDecoder() {
        return new WebSocket13FrameDecoder(framing.decoder(false));
    }
}
