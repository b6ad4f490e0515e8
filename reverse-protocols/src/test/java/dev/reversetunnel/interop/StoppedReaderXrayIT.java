package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;
import org.junit.jupiter.api.Test;

/** Readers who stop, with Xray at the other end, by the reverse command. */
@RequiresPeer("xray")
class StoppedReaderXrayIT extends StoppedReaders {
    private final XrayDocuments documents = XrayDocuments.reverse(meeting.bridges(), meeting.id());

    @Override
    Portal.Builder ourPortal() {
        return ReverseTunnel.portal("portal")
                .listen(Vless.server(meeting.bridges()).address("127.0.0.1").reverseUser("interconn", meeting.id()))
                .listen(Inbound.port(meeting.visitors()).address("127.0.0.1").to("127.0.0.1", 80));
    }

    @Override
    Bridge.Builder ourBridge() {
        return ReverseTunnel.bridge("bridge")
                .connect(Vless.client("127.0.0.1", meeting.bridges())
                        .user(meeting.id())
                        .reverse())
                .forward("127.0.0.1", meeting.originPort());
    }

    @Override
    End theirPortal() {
        return Xray.start(documents.portal(meeting.visitors()))::close;
    }

    @Override
    End theirBridge() {
        return Xray.start(documents.bridge("127.0.0.1:" + meeting.originPort()))::close;
    }

    @Test
    void an_origin_of_our_bridge_stops_reading_and_xrays_portal_goes_on() throws Exception {
        anOriginOfOursStops();
    }

    @Test
    void a_visitor_of_our_portal_stops_reading_and_xrays_bridge_goes_on() throws Exception {
        aVisitorOfOursStops();
    }

    @Test
    void new_visitors_of_xrays_portal_get_a_spare_tunnel_that_does_not_wait() throws Exception {
        aVisitorOfTheirsStops();
    }

    @Test
    void an_origin_of_xrays_bridge_stops_reading_and_visitors_get_another_tunnel() throws Exception {
        anOriginOfTheirsStops();
    }
}
