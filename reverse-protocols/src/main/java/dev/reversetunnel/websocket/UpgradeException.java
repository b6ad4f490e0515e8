package dev.reversetunnel.websocket;

import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.io.Serial;

/** A server that does not grant a WebSocket. The message says what to do. */
final class UpgradeException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    UpgradeException(String message) {
        super(message);
    }

    static UpgradeException refused(HttpResponseStatus status, WebSocketPath path) {
        String todo = switch (status.code()) {
            case 400 -> "does it want TLS (over(Tls.client())), or other headers?";
            case 401, 403 -> "it wants other headers, or another host(...)";
            case 404 -> "is that the path there, and the host(...)?";
            case 502, 503, 504 -> "the server behind it is not there";
            default ->
                status.code() / 100 == 3
                        ? "it sends us elsewhere; does it want TLS (over(Tls.client())), or another host(...)?"
                        : "is there a WebSocket at that path?";
        };
        // The standard's words for the number, not what the server has made of it.
        return new UpgradeException(
                "it answered " + HttpResponseStatus.valueOf(status.code()) + " at " + path + "; " + todo);
    }
}
