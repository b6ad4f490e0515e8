package dev.reversetunnel.interop;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;

/** Our portal with Xray's bridge, by the reverse command. */
@RequiresPeer("xray")
class OurPortalWithXrayReverseIT extends SmallTunnelContract {
    @Override
    End portal(Meeting where) {
        return Ours.running(ReverseTunnel.portal("portal")
                .listen(Vless.server(where.bridges()).address("127.0.0.1").reverseUser("interconn", where.id()))
                .listen(Inbound.port(where.visitors()).address("127.0.0.1").to("127.0.0.1", 80)));
    }

    @Override
    End bridge(Meeting where) {
        return Xray.start(XrayDocuments.reverse(where.bridges(), where.id()).bridge("127.0.0.1:" + where.originPort()))
                ::close;
    }
}
