package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Bounds how many sessions of one bridge are being connected at once, for whoever sits at the other end could have it
 * dial without end. Some more wait for their turn, and the time for a dial runs while they do. What comes beyond is
 * refused. Any thread.
 */
final class DialGate {
    private final String bridge;
    private final int most;
    private final int mostWaiting;
    private final Duration time;
    private final Refusals refusals;
    private final Queue<Held> waiting = new ArrayDeque<>();
    private int dialing;

    DialGate(String bridge, NodeLimits node, Duration time, Refusals refusals) {
        this.bridge = bridge;
        this.most = node.dials();
        this.mostWaiting = node.waitingDials();
        this.time = time;
        this.refusals = refusals;
    }

    /** Where a session is to go when it is its turn. */
    private record Held(Request request, Channel session, Outbound outbound, Relay relay, long since) {}

    /** Has the outbound take the session, now or later. On the session's loop. */
    void take(Request request, Channel session, Outbound outbound, Relay relay) {
        Held held = new Held(request, session, outbound, relay, System.nanoTime());
        boolean now;
        boolean refused;
        synchronized (this) {
            now = dialing < most;
            refused = !now && waiting.size() >= mostWaiting;
            if (now) {
                dialing++;
            } else if (!refused) {
                waiting.add(held);
            }
        }
        if (now) {
            go(held);
        } else if (refused) {
            refuse(
                    held,
                    most + " sessions of bridge \"" + bridge + "\" are being connected, and " + mostWaiting
                            + " wait for it (call maxDials(...))");
        } else {
            watch(held);
        }
    }

    private void refuse(Held held, String reason) {
        refusals.limits().reached(Limit.DIALS, reason);
        refusals.refused(held.request(), held.session(), reason);
    }

    /** Gives up who waits for longer than a dial may take, or has gone. */
    private void watch(Held held) {
        var impatience = held.session()
                .eventLoop()
                .schedule(
                        () -> {
                            if (leave(held)) {
                                refuse(
                                        held,
                                        "it has waited " + time.toMillis() + " ms for others of bridge \"" + bridge
                                                + "\" to be connected (call maxDials(...))");
                            }
                        },
                        time.toMillis(),
                        TimeUnit.MILLISECONDS);
        held.session().closeFuture().addListener(closed -> {
            impatience.cancel(false);
            leave(held);
        });
    }

    private synchronized boolean leave(Held held) {
        return waiting.remove(held);
    }

    private void go(Held held) {
        AtomicBoolean done = new AtomicBoolean();
        Runnable once = () -> {
            if (done.compareAndSet(false, true)) {
                next();
            }
        };
        Counted relay = new Counted(held, time, once);
        try {
            held.outbound().take(held.request(), held.session(), relay);
        } catch (RuntimeException e) {
            refusals.failed(held.request(), held.session(), e);
        } finally {
            if (!relay.joined) {
                once.run(); // it is served here, and dials nobody
            }
        }
    }

    private void next() {
        Held held;
        synchronized (this) {
            held = waiting.poll();
            if (held == null) {
                dialing--;
                return;
            }
        }
        Held turn = held;
        turn.session().eventLoop().execute(() -> go(turn));
    }

    /** The relay, which tells when the other end is there, or is not. */
    private static final class Counted implements Relay {
        private final Held held;
        private final Duration time;
        private final Runnable done;
        private boolean joined;

        Counted(Held held, Duration time, Runnable done) {
            this.held = held;
            this.time = time;
            this.done = done;
        }

        @Override
        public void join(Request request, Channel session, Future<Channel> opening) {
            joined = true;
            opening.addListener(opened -> done.run());
            held.relay().join(request, session, opening);
        }

        @Override
        public Dialer dialer(Channel session) {
            Duration left = time.minusNanos(System.nanoTime() - held.since());
            return new Hurried(held.relay().dialer(session), left.isNegative() ? Duration.ZERO : left);
        }
    }
}
