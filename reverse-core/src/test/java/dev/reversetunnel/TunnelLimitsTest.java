package dev.reversetunnel;

import static dev.reversetunnel.HostileFrames.data;
import static dev.reversetunnel.HostileFrames.frame;
import static dev.reversetunnel.HostileFrames.id;
import static dev.reversetunnel.HostileFrames.join;
import static dev.reversetunnel.HostileFrames.keep;
import static dev.reversetunnel.HostileFrames.name;
import static dev.reversetunnel.HostileFrames.open;
import static dev.reversetunnel.HostileFrames.opened;
import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Datagrammers.Echo;
import dev.reversetunnel.HostilePeer.Outcome;
import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.mux.MuxOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Limits of what the other end of one tunnel does: a portal that says whatever it likes meets a bridge of ours. */
class TunnelLimitsTest {
    private static final String FAR = "far.test.internal";
    private static final int SMALL_BUFFER = 4 * 1024;

    private final LimitsTold limits = new LimitsTold();
    private final ServerSocket far;

    TunnelLimitsTest() throws IOException {
        far = new ServerSocket();
        far.setReceiveBufferSize(SMALL_BUFFER); // of what it accepts
        far.bind(new InetSocketAddress(Tunnels.loopback(), 0));
    }

    @BeforeEach
    void isPatient() throws IOException {
        far.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
    }

    @AfterEach
    void close() throws IOException {
        far.close();
    }

    private ReverseTunnel bridge(Outbound exit, UnaryOperator<MuxOptions> mux) throws TunnelException {
        return ReverseTunnel.node()
                .bridge("far", FAR)
                .outbound("dial", Plain.client(Transport.tcp(), far.getLocalPort()))
                .outbound("exit", exit)
                .route(Rule.inbound("far").domain("full:" + FAR).to("dial"))
                .route(Rule.inbound("far").to("exit"))
                .mux(mux.apply(MuxOptions.DEFAULT))
                .listener(limits)
                .start();
    }

    private HostilePeer portal() throws IOException {
        Socket bridge = far.accept();
        bridge.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
        return HostilePeer.portal(bridge);
    }

    @Test
    void a_reader_who_takes_nothing_is_ended_alone() throws Exception {
        try (ReverseTunnel bridge = bridge(
                        Outbound.handler(new NeverReads()),
                        mux -> mux.queueBytes(64 * 1024, 1024 * 1024).grace(Duration.ofMillis(100)));
                HostilePeer portal = portal()) {
            portal.send(join(open(7), keep(7, 40_000), keep(7, 40_000)), false);
            limits.thenTold(Limit.SLOW_READER, bridge::snapshot, "session 7: its reader took nothing of ");
            then(portal.outcome()).isEqualTo(Outcome.SESSION);
            then(bridge.snapshot().reached(Limit.SLOW_READER)).isEqualTo(1);
        }
    }

    @Test
    void the_association_that_was_idle_for_longest_makes_room_for_another_one() throws Exception {
        try (Echo echo = new Echo("e:");
                ReverseTunnel bridge = bridge(Outbound.to("127.0.0.1", echo.port()), mux -> mux.maxSessions(2));
                HostilePeer portal = portal()) {
            portal.send(join(association(5), association(6), keep(5, 1), association(7)), false);
            limits.thenTold(Limit.ASSOCIATIONS, bridge::snapshot, "idle for longest made room for another");
            then(portal.outcome()).isEqualTo(Outcome.NOTHING); // an association ends without an error
            await().until(() -> bridge.snapshot().datagramFlows() == 2);
            then(bridge.snapshot().reached(Limit.ASSOCIATIONS)).isEqualTo(1);
            then(bridge.snapshot().reached(Limit.SESSIONS_PER_TUNNEL)).isZero();
        }
    }

    private static byte[] association(int id) {
        return join(frame(id(id) + "01 01 02 0035" + name("far")), data(1));
    }

    @Test
    void frames_that_bring_nothing_forward_close_the_tunnel() throws Exception {
        try (ReverseTunnel bridge = bridge(Outbound.refuse(), mux -> mux);
                HostilePeer portal = portal()) {
            for (int i = 0; i < 1_001; i++) {
                portal.send(frame("0000 04 00"), false);
            }
            limits.thenTold(Limit.FRAMES_WITHOUT_PROGRESS, bridge::snapshot, "frames without progress: more than 1000");
            then(portal.outcome()).isEqualTo(Outcome.TUNNEL);
        }
    }

    /** News that are refused, for there is nothing else that is answered each time. */
    @Test
    void answers_that_nobody_reads_close_the_tunnel() throws Exception {
        try (ReverseTunnel bridge = bridge(
                        Outbound.refuse(), mux -> mux.newPerSecond(1_000_000).maxSessions(1));
                HostilePeer portal = portal()) {
            byte[] all = opened(0, 0xffff);
            for (int i = 0; i < 2; i++) {
                portal.send(all, false);
            }
            limits.thenTold(Limit.FRAMES_WITHOUT_PROGRESS, bridge::snapshot, "the other side does not read");
            then(portal.outcome()).isEqualTo(Outcome.TUNNEL);
        }
    }

    @Test
    void who_opens_sessions_too_fast_is_heard_later_and_loses_nothing() throws Exception {
        try (Origin origin = Origin.echo();
                ReverseTunnel bridge = bridge(Outbound.to("127.0.0.1", origin.port()), mux -> mux.newPerSecond(100));
                HostilePeer portal = portal()) {
            portal.send(opened(1, 250), false);
            limits.thenTold(Limit.NEW_PER_SECOND, bridge::snapshot, "its other end opens sessions too fast");
            then(portal.outcome()).isEqualTo(Outcome.NOTHING);
            await().until(() -> bridge.snapshot().tunnels().get(0).openSessions() == 250);
        }
    }
}
