package dev.reversetunnel.vmess;

import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.ReplayWindow;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/**
 * What a listener must not accept twice: AuthIDs, for as long as their time is valid, and the keys of a body, for 180
 * seconds. Thread-safe: shared by all event loops of the listener.
 */
final class Openings {
    private static final int SESSION_SECONDS = 180;

    private final ReplayWindow authIds;
    private final ReplayWindow sessions;
    private final LongSupplier uptime;

    /**
     * Remembers nothing yet.
     *
     * @param capacity how many openings are remembered at most
     * @param uptime monotonic seconds: the history of keys must not notice that a clock was set
     */
    Openings(int capacity, LongSupplier uptime) {
        int window = RequestHeaderDecoder.CLOCK_WINDOW;
        this.authIds = new ReplayWindow(AuthId.BYTES, capacity, window, window);
        this.sessions = new ReplayWindow(3 * VmessRequest.KEY_BYTES, capacity, SESSION_SECONDS, 0);
        this.uptime = uptime;
    }

    void enter(VmessUser user, byte[] authId, long second, long now) {
        switch (authIds.enter(authId, second, now)) {
            case NEW -> {}
            case REPLAYED ->
                throw new CarrierException(
                        Reason.REPLAY, "user \"" + user.name() + "\": an opening came a second time");
            case TOO_OLD, TOO_NEW ->
                throw new CarrierException(
                        Reason.CLOCK,
                        "user \"" + user.name() + "\": refused, because this machine's clock was set back and what came"
                                + " before is not remembered; wait until it has caught up");
            case FULL -> throw full(authIds);
        }
    }

    void enterSession(VmessUser user, VmessRequest request) {
        byte[] session = ByteBuffer.allocate(3 * VmessRequest.KEY_BYTES)
                .put(user.key().command())
                .put(request.key())
                .put(request.iv())
                .array();
        long now = uptime.getAsLong();
        ReplayWindow.Verdict verdict = sessions.enter(session, now, now);
        if (verdict == ReplayWindow.Verdict.FULL) {
            throw full(sessions);
        }
        if (verdict != ReplayWindow.Verdict.NEW) {
            throw new CarrierException(
                    Reason.SESSION_REPLAY, "user \"" + user.name() + "\": the keys of a session came a second time");
        }
    }

    private static CarrierException full(ReplayWindow window) {
        return new CarrierException(
                Reason.REPLAY_SET_FULL,
                "openings of the last minutes: " + window.size()
                        + " (expected: less); raise replayCapacity(...), or find out who connects so often");
    }
}
