package dev.reversetunnel.door;

import dev.reversetunnel.Request;
import dev.reversetunnel.carrier.CarrierException;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/** Reads the opening of one connection, in pieces of any size. One for each connection, on its event loop. */
public interface Opening {
    /**
     * Reads on.
     *
     * @param in what just came, in one read; what is behind the opening stays in it
     * @param channel the connection
     * @return how it goes on; null if more bytes are needed
     * @throws CarrierException if the opening is wrong; its reason says whether the peer has shown a key
     */
    @Nullable
    Welcome read(ByteBuf in, Channel channel);

    /**
     * Whether not one byte came yet.
     *
     * @return true until then
     */
    boolean isEmpty();

    /** What happens to a connection whose opening is complete. */
    @FunctionalInterface
    interface Welcome {
        /**
         * Puts the handlers of the body in place.
         *
         * @param channel the connection
         * @param before the handler's name behind which they belong
         * @return what is asked for; null if the connection was taken over, and the door was told
         */
        @Nullable
        Request enter(Channel channel, String before);
    }
}
