package dev.reversetunnel;

import io.netty.channel.Channel;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One user of an inbound: what he has open, and how much of it his grant allows. Any thread, but for channels, which
 * are counted in on their own loop.
 */
final class Account {
    private final Accounts.Key key;
    private final Supplier<Boolean> revoked;
    private final Events events;
    private final LogLimiter slowEvents = new LogLimiter(1);
    private final Set<Channel> channels = ConcurrentHashMap.newKeySet();
    private final AtomicInteger tunnels = new AtomicInteger();
    private final AtomicInteger sessions = new AtomicInteger();
    private final LongAdder refused = new LongAdder();
    private final LongAdder throttled = new LongAdder();
    private final LongAdder droppedDatagrams = new LongAdder();
    private final Grant grant;
    private final @Nullable TokenBucket from;
    private final @Nullable TokenBucket to;

    Account(Accounts.Key key, Grant grant, Supplier<Boolean> revoked, Events events) {
        this.key = key;
        this.grant = grant;
        this.revoked = revoked;
        this.events = events;
        this.from = bucket(grant.bytesPerSecondFrom());
        this.to = bucket(grant.bytesPerSecondTo());
    }

    private static @Nullable TokenBucket bucket(long bytesPerSecond) {
        return bytesPerSecond == 0 ? null : new TokenBucket(bytesPerSecond, System::nanoTime);
    }

    /**
     * Lets one more connection of his be: it ends when he is revoked, and is as fast as his grant allows.
     *
     * @param inside whether it travels in one that was counted in already, and so slowed down
     * @return why not; null if it may
     */
    @Nullable
    String enter(Channel channel, boolean inside) {
        channels.add(channel);
        if (revoked.get()) { // looked at behind that: whoever revokes him looks the other way round
            channels.remove(channel);
            return "the credential of user \"" + key.user() + "\" was revoked";
        }
        channel.closeFuture().addListener(closed -> channels.remove(channel));
        if (!inside && (from != null || to != null)) {
            channel.pipeline().addLast(new Throttle(from, to, this::slow, this::dropped));
        }
        return null;
    }

    /** As {@link #enter}, of a connection that becomes a tunnel. */
    @Nullable
    String enterTunnel(Channel channel, boolean inside) {
        if (!countIn(tunnels, grant.maxTunnels())) {
            events.limits().reached(Limit.TUNNELS_PER_USER, "user \"" + key.user() + "\": one more was refused");
            return "user \"" + key.user() + "\" has " + grant.maxTunnels() + " tunnels, and may not have more";
        }
        String reason = enter(channel, inside);
        if (reason == null) {
            channel.closeFuture().addListener(closed -> tunnels.decrementAndGet());
        } else {
            tunnels.decrementAndGet();
        }
        return reason;
    }

    /** As {@link #enter}, of a connection or source of datagrams by which he is a client. */
    @Nullable
    String enterSession(Channel channel, boolean inside) {
        if (!openSession()) {
            return refuseSession();
        }
        String reason = enter(channel, inside);
        if (reason == null) {
            channel.closeFuture().addListener(closed -> closeSession());
        } else {
            closeSession();
        }
        return reason;
    }

    /** One more session, if he may have it. */
    boolean openSession() {
        return countIn(sessions, grant.maxSessions());
    }

    /** Never beyond the limit, not even for a moment: who comes meanwhile would be refused for somebody who was. */
    private static boolean countIn(AtomicInteger count, int most) {
        int before = count.get();
        while (before < most) {
            int seen = count.compareAndExchange(before, before + 1);
            if (seen == before) {
                return true;
            }
            before = seen;
        }
        return false;
    }

    void closeSession() {
        sessions.decrementAndGet();
    }

    boolean isFull() {
        return sessions.get() >= grant.maxSessions();
    }

    /** Counts that he is refused one more session, and says why. */
    String refuseSession() {
        events.limits().reached(Limit.SESSIONS_PER_USER, "user \"" + key.user() + "\": one more was refused");
        return "user \"" + key.user() + "\" has " + grant.maxSessions() + " sessions, and may not have more";
    }

    void refused() {
        refused.increment();
    }

    private void slow() {
        throttled.increment();
        if (slowEvents.allows()) {
            events.tell(listener -> listener.userThrottled(snapshot()));
        }
    }

    private void dropped() {
        droppedDatagrams.increment();
        events.datagrams().dropped().increment();
        if (slowEvents.allows()) {
            events.tell(listener -> listener.userThrottled(snapshot()));
        }
    }

    /** Resets all that he has open. Returns how much that was. */
    int end() {
        int ended = 0;
        for (Channel channel : channels) {
            ended++;
            ChannelEnds.reset(channel);
        }
        return ended;
    }

    UserSnapshot snapshot() {
        return new UserSnapshot(
                key.inbound(),
                key.user(),
                revoked.get(),
                tunnels.get(),
                sessions.get(),
                refused.sum(),
                throttled.sum(),
                droppedDatagrams.sum());
    }
}
