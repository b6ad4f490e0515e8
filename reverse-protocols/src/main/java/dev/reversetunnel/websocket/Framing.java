package dev.reversetunnel.websocket;

import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import java.time.Duration;

/**
 * How a stream is put into frames, and kept awake.
 *
 * @param maxFrame the longest frame that is taken, in bytes
 * @param pingEvery after how long a silence of ours
 */
record Framing(int maxFrame, Duration pingEvery) {
    /** No frame of V2Ray, Xray and sing-box is longer than 64 KiB; a stranger can make us keep one. */
    static final int MAX_FRAME = 128 * 1024;

    /** Half of what nginx waits for a word from a server, and less than CDNs do. */
    static final Framing DEFAULT = new Framing(MAX_FRAME, Duration.ofSeconds(30));

    /** The longest that we send: Netty's decoder takes so much by default. */
    static final int LONGEST = 65_535;

    /** Of the first line of a request or its answer, and of all headers. */
    static final int MAX_LINE = 4_096;

    static final int MAX_HEADERS = 8_192;

    /**
     * For a decoder that leaves it to us to end the connection: its own close frame would make a clean end of a cut.
     * Text is taken as bytes, as V2Ray takes it.
     */
    WebSocketDecoderConfig decoder(boolean isServer) {
        return WebSocketDecoderConfig.newBuilder()
                .maxFramePayloadLength(maxFrame)
                .expectMaskedFrames(isServer)
                .allowMaskMismatch(false)
                .allowExtensions(false)
                .closeOnProtocolViolation(false)
                .withUTF8Validator(false)
                .build();
    }
}
