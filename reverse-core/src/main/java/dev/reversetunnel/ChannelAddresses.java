package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * Where the one comes from who speaks on a connection, and which address of ours he has reached: the connection's own
 * addresses, unless a proxy that is trusted stands in between and has named others. For inbounds.
 */
public final class ChannelAddresses {
    private static final AttributeKey<InetSocketAddress> SOURCE =
            AttributeKey.valueOf(ChannelAddresses.class, "SOURCE");
    private static final AttributeKey<InetSocketAddress> LOCAL = AttributeKey.valueOf(ChannelAddresses.class, "LOCAL");

    private ChannelAddresses() {}

    /**
     * Where he comes from.
     *
     * @param channel an accepted connection
     * @return null if it is not known
     */
    public static @Nullable InetSocketAddress source(Channel channel) {
        InetSocketAddress named = channel.attr(SOURCE).get();
        return named == null ? inet(channel.remoteAddress()) : named;
    }

    /**
     * Which address of ours he has reached.
     *
     * @param channel an accepted connection
     * @return null if it is not known
     */
    public static @Nullable InetSocketAddress local(Channel channel) {
        InetSocketAddress named = channel.attr(LOCAL).get();
        return named == null ? inet(channel.localAddress()) : named;
    }

    /**
     * A proxy that is trusted has named the one whom it speaks for.
     *
     * @param channel its connection
     * @param source where he comes from; null leaves it as it is
     * @param local which address he has reached; null leaves it as it is
     */
    public static void name(Channel channel, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        if (source != null) {
            channel.attr(SOURCE).set(source);
        }
        if (local != null) {
            channel.attr(LOCAL).set(local);
        }
    }

    private static @Nullable InetSocketAddress inet(@Nullable SocketAddress address) {
        return address instanceof InetSocketAddress socket ? socket : null;
    }
}
