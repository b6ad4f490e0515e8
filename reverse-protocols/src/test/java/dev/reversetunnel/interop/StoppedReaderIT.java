package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Portal;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.RequiresPeer;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Readers who stop, with V2Ray at the other end. */
@RequiresPeer("v2ray")
class StoppedReaderIT extends StoppedReaders {
    @Test
    void an_origin_of_our_bridge_stops_reading_and_v2rays_portal_goes_on() throws Exception {
        anOriginOfOursStops();
    }

    @Test
    void a_visitor_of_our_portal_stops_reading_and_v2rays_bridge_goes_on() throws Exception {
        aVisitorOfOursStops();
    }

    @Test
    void new_visitors_of_v2rays_portal_get_a_spare_tunnel_that_does_not_wait() throws Exception {
        aVisitorOfTheirsStops();
    }

    @Test
    void an_origin_of_v2rays_bridge_stops_reading_and_visitors_get_another_tunnel() throws Exception {
        anOriginOfTheirsStops();
    }

    /** The others of that tunnel wait until he leaves; new users get another tunnel. Ours is not cut for it. */
    @Test
    void a_visitor_of_v2rays_portal_stops_reading_and_his_tunnel_waits_for_him() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting)
                        .mux(OPTIONS)
                        .tunnels(1, 1)
                        .listener(heard)
                        .start()) {
            awaitTunnel();
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askForDownload(staller, FLOOD, 1);
                awaitStandstill(bridge);

                thenWaits(others.get(0));
                then(heard.lines("down")).isEmpty();
            }
            then(new String(others.get(0).getInputStream().readNBytes(6), StandardCharsets.US_ASCII))
                    .isEqualTo("Elong?");
        }
    }

    /**
     * The tunnel stands until the origin reads or closes. Our portal keeps its memory bounded, and does not cut the
     * tunnel while he is there who sent to it.
     */
    @Test
    void an_origin_of_v2rays_bridge_stops_reading_and_its_tunnel_waits_for_it() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting)
                        .mux(OPTIONS)
                        .spareTunnels(0)
                        .listener(heard)
                        .start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            come(1);
            try (Socket staller = Client.connect(meeting.visitors())) {
                Client.askNeverToRead(staller);
                crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                awaitStandstill(portal);
                thenIsBounded(portal.snapshot());

                thenWaits(others.get(0));
                then(heard.lines("down")).isEmpty();
            }
            origin.resetAll();
            awaitTunnel();
        }
    }

    // ---- how long the others wait ----

    /** A visitor of our portal stops reading; V2Ray's bridge sends him what nobody takes. All in one tunnel. */
    @Test
    void twenty_who_ping_and_two_who_download_wait_for_a_visitor_of_ours_once() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting)
                        .mux(OPTIONS)
                        .spareTunnels(0)
                        .listener(heard)
                        .start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitTunnel();
            // Comes first: beyond 16 sessions V2Ray's bridge opens another tunnel.
            aVisitorStopsBesideRegulars(portal, heard);
        }
    }

    /** The same with the spare tunnel that our portal asks for: half of them are there, and do not notice. */
    @Test
    @Tag("long")
    void with_a_spare_tunnel_half_of_them_do_not_wait() throws Exception {
        Heard heard = new Heard();
        try (Portal portal = Ours.portal(meeting).mux(OPTIONS).listener(heard).start();
                End bridge = Theirs.bridge(meeting)::close) {
            awaitSpare(portal);
            List<Regular> regulars = aVisitorStopsBesideRegulars(portal, heard);
            then(regulars).filteredOn(regular -> regular.waits() == 0).hasSizeGreaterThanOrEqualTo(10);
        }
    }

    private List<Regular> aVisitorStopsBesideRegulars(Portal portal, Heard heard) throws Exception {
        try (Socket staller = Client.connect(meeting.visitors())) {
            List<Regular> regulars = comeRegularly();
            Client.askForDownload(staller, FLOOD, 1);
            await().until(() -> isBlocked(portal.snapshot()));
            thenWaitOnce(regulars, heard);
            return regulars;
        }
    }

    /** An origin behind our bridge stops reading; V2Ray's portal sends it what nobody takes. All in one tunnel. */
    @Test
    void twenty_who_ping_and_two_who_download_wait_for_an_origin_of_ours_once() throws Exception {
        Heard heard = new Heard();
        try (End portal = Theirs.portal(meeting)::close;
                Bridge bridge = Ours.bridge(meeting)
                        .mux(OPTIONS)
                        .tunnels(1, 1)
                        .listener(heard)
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(10));
            awaitTunnel();
            try (Socket staller = Client.connect(meeting.visitors())) {
                List<Regular> regulars = comeRegularly();
                Client.askNeverToRead(staller);
                crowd.send(() -> {
                    new Flood(FLOOD).writeTo(staller.getOutputStream());
                    return null;
                });
                await().until(() -> isBlocked(bridge.snapshot()));
                thenWaitOnce(regulars, heard);
            }
        }
    }
}
