package dev.reversetunnel;

import io.netty.channel.Channel;

/** Takes over what an inbound has accepted. */
@FunctionalInterface
public interface RequestHandler {
    /**
     * Takes a channel over.
     *
     * @param request what was asked for
     * @param channel who asked: not reading yet, its pipeline gives and takes plain {@code ByteBuf}s (TCP) or
     *     {@link dev.reversetunnel.net.Datagram}s (UDP). Called on its event loop; belongs to the handler from now on
     */
    void handle(Request request, Channel channel);
}
