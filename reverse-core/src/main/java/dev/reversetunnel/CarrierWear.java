package dev.reversetunnel;

import io.netty.channel.ChannelHandler;

/**
 * A handler of a protocol that must not carry without end: its counter wraps, or its key is good for so many bytes
 * only. Looked up in the pipeline of a tunnel's carrier, which is replaced in time between ends of our own make.
 */
public interface CarrierWear extends ChannelHandler {
    /**
     * How much of its life is used up. May be asked by any thread.
     *
     * @return 0 when new, 1 when it should not carry any more
     */
    double wear();
}
