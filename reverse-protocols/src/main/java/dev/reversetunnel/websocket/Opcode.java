package dev.reversetunnel.websocket;

/**
 * What a frame is.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455#section-11.8">RFC 6455, 11.8</a>
 */
enum Opcode {
    CONTINUATION(0),
    TEXT(1),
    BINARY(2),
    CLOSE(8),
    PING(9),
    PONG(10);

    private final int code;

    Opcode(int code) {
        this.code = code;
    }

    int code() {
        return code;
    }

    boolean isControl() {
        return code >= 8;
    }

    static Opcode of(int code) throws FrameException {
        for (Opcode opcode : values()) {
            if (opcode.code == code) {
                return opcode;
            }
        }
        throw new FrameException("opcode: " + code + " (expected: 0~2, 8~10)");
    }
}
