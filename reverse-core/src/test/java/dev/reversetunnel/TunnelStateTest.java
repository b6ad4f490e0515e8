package dev.reversetunnel;

import static dev.reversetunnel.TunnelState.ACTIVE;
import static dev.reversetunnel.TunnelState.CLOSED;
import static dev.reversetunnel.TunnelState.DIALING;
import static dev.reversetunnel.TunnelState.DRAINING;
import static org.assertj.core.api.BDDAssertions.then;

import org.junit.jupiter.api.Test;

class TunnelStateTest {
    @Test
    void becomes_active_once() {
        then(DIALING.on(TunnelState.Event.REGISTERED)).isEqualTo(ACTIVE);
        then(ACTIVE.on(TunnelState.Event.REGISTERED)).isEqualTo(ACTIVE);
        then(DRAINING.on(TunnelState.Event.REGISTERED)).isEqualTo(DRAINING);
        then(CLOSED.on(TunnelState.Event.REGISTERED)).isEqualTo(CLOSED);
    }

    @Test
    void drains_until_it_is_closed() {
        then(ACTIVE.on(TunnelState.Event.DRAIN)).isEqualTo(DRAINING);
        then(DRAINING.on(TunnelState.Event.DRAIN)).isEqualTo(DRAINING);
        then(CLOSED.on(TunnelState.Event.DRAIN)).isEqualTo(CLOSED);
    }

    @Test
    void never_comes_back() {
        for (TunnelState state : TunnelState.values()) {
            then(state.on(TunnelState.Event.LOST)).isEqualTo(CLOSED);
        }
    }
}
