package dev.reversetunnel.websocket;

import java.io.IOException;
import java.io.Serial;

/** The peer broke the rules of WebSocket's frames: its connection is cut. */
final class FrameException extends IOException {
    @Serial
    private static final long serialVersionUID = 1L;

    FrameException(String message) {
        super(message);
    }
}
