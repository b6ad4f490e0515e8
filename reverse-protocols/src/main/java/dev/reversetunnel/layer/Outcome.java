package dev.reversetunnel.layer;

import io.netty.channel.Channel;

/** What becomes of handshakes. Called on the event loop of the connection. */
public interface Outcome {
    /**
     * A connection is there, and its handshake begins.
     *
     * @param channel the connection
     */
    void began(Channel channel);

    /**
     * Hands are shaken, and the protocol's handlers are in place.
     *
     * @param channel the connection, which is not reading
     */
    void succeeded(Channel channel);

    /**
     * It will not come about. The connection closes.
     *
     * @param channel the connection
     * @param cause why
     */
    void failed(Channel channel, Throwable cause);

    /**
     * The handshake is over, one way or the other, or the connection is gone.
     *
     * @param channel the connection
     */
    void over(Channel channel);
}
