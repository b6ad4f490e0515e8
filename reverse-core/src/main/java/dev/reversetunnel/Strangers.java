package dev.reversetunnel;

import io.netty.channel.Channel;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one listener of which it is not known yet whose they are, or where to, oldest first. When there
 * are too many, in all or from one source, the oldest has to go. Thread-safe: shared by all event loops of the
 * listener.
 */
public final class Strangers {
    private final int limit;
    private final int limitPerSource;
    private final Map<Channel, Source> all = new LinkedHashMap<>();
    private final Map<Source, Set<Channel>> bySource = new HashMap<>();

    /**
     * Knows nobody yet.
     *
     * @param limit how many there may be
     * @param limitPerSource how many from one source
     */
    public Strangers(int limit, int limitPerSource) {
        this.limit = limit;
        this.limitPerSource = limitPerSource;
    }

    /**
     * Enters a connection.
     *
     * @param channel the connection
     * @return which one makes room for it; null if there is room
     */
    public synchronized @Nullable Channel enter(Channel channel) {
        Source source = Source.of(ChannelAddresses.source(channel));
        all.put(channel, source);
        Set<Channel> sameSource = bySource.computeIfAbsent(source, key -> new LinkedHashSet<>());
        sameSource.add(channel);
        Channel oldest = null;
        if (source.isKnown() && sameSource.size() > limitPerSource) {
            oldest = sameSource.iterator().next();
        } else if (all.size() > limit) {
            oldest = all.keySet().iterator().next();
        }
        if (oldest != null) {
            leave(oldest);
        }
        return oldest;
    }

    /**
     * Forgets a connection that is known now, or gone.
     *
     * @param channel the connection; one that is not there any more is no mistake
     */
    public synchronized void leave(Channel channel) {
        Source source = all.remove(channel);
        if (source == null) {
            return;
        }
        Set<Channel> sameSource = bySource.get(source);
        if (sameSource != null) {
            sameSource.remove(channel);
            if (sameSource.isEmpty()) {
                bySource.remove(source);
            }
        }
    }

    /** An IPv4 address, or the first 64 bits of an IPv6 one, which a single machine commonly has to itself. */
    private record Source(boolean isKnown, boolean isIpv4, long prefix) {
        /** Written out for a faster start, as is the hash; see {@link Destination#equals}. */
        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Source that
                    && isKnown == that.isKnown
                    && isIpv4 == that.isIpv4
                    && prefix == that.prefix;
        }

        @Override
        public int hashCode() {
            return Long.hashCode(prefix);
        }

        private static final Source UNKNOWN = new Source(false, false, 0);

        static Source of(@Nullable InetSocketAddress address) {
            InetAddress ip = address == null ? null : address.getAddress();
            if (ip == null) {
                return UNKNOWN;
            }
            ByteBuffer bytes = ByteBuffer.wrap(ip.getAddress());
            return ip instanceof Inet4Address
                    ? new Source(true, true, bytes.getInt())
                    : new Source(true, false, bytes.getLong());
        }
    }
}
