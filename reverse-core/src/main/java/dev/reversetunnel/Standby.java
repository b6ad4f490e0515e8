package dev.reversetunnel;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Lets a bridge rest while one of those before it has a tunnel. It is woken when their dials have failed, or when they
 * have been without a tunnel for a while; it rests again when one of them is back for good, so at no moment there is
 * none. On the home loop of its bridge.
 */
final class Standby {
    /** Of our choice: for a portal that says nothing at all, where a dial fails late; a lost tunnel is often back. */
    static final long WAKES_AFTER_MILLIS = 2_000;

    /** Of our choice: one that comes and goes again must not take the standby with it. */
    static final long RESTS_AFTER_MILLIS = 2_000;

    private final MuxBridge bridge;
    private final List<MuxBridge> before;
    private final EventLoop home;
    private @Nullable Future<?> change;

    Standby(MuxBridge bridge, List<MuxBridge> before) {
        this.bridge = bridge;
        this.before = List.copyOf(before);
        this.home = bridge.home();
        bridge.rest();
        before.forEach(one -> one.onChange(() -> bridge.atHome(this::look)));
    }

    /** Behind all those before it. */
    void start() {
        bridge.atHome(this::look);
    }

    private void look() {
        boolean served = isServed();
        if (served != bridge.isResting()) {
            if (!served && before.stream().allMatch(one -> one.lastFailure() != null)) {
                wake();
            } else if (change == null) {
                change = home.schedule(
                        this::decide, served ? RESTS_AFTER_MILLIS : WAKES_AFTER_MILLIS, TimeUnit.MILLISECONDS);
            }
        } else if (change != null) {
            change.cancel(false);
            change = null;
        }
    }

    private boolean isServed() {
        return before.stream().anyMatch(MuxBridge::isUp);
    }

    private void decide() {
        change = null;
        if (isServed()) {
            bridge.rest();
        } else {
            wake();
        }
    }

    private void wake() {
        if (change != null) {
            change.cancel(false);
            change = null;
        }
        bridge.wake();
    }
}
