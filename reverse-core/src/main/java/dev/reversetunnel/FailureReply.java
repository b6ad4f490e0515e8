package dev.reversetunnel;

import io.netty.channel.ChannelHandler;

/**
 * A handler of a protocol that can tell its client why nothing comes of his request: a SOCKS5 or HTTP proxy, say.
 * Looked up in the pipeline of the one who asked; a channel without one is reset. A handler that has told its client
 * that all is well leaves the pipeline.
 */
public interface FailureReply extends ChannelHandler {
    /**
     * Tells the client, and ends the channel. Called on its event loop, before anybody has read from it.
     *
     * @param cause a {@link RefusedException} if he may not have it; else what went wrong. For the owner of the node:
     *     the client is told its kind, and not its message
     */
    void fail(Throwable cause);
}
