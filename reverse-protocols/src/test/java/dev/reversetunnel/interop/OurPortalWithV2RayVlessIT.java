package dev.reversetunnel.interop;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.vless.Vless;

/** Our portal with V2Ray's bridge, over VLESS. */
@RequiresPeer("v2ray")
class OurPortalWithV2RayVlessIT extends SmallTunnelContract {
    @Override
    End portal(Meeting where) {
        return Ours.running(ReverseTunnel.portal("portal")
                .domain(where.domain())
                .listen(Vless.server(where.bridges()).address("127.0.0.1").user("interconn", where.id()))
                .listen(Inbound.port(where.visitors()).address("127.0.0.1").to("127.0.0.1", 80)));
    }

    @Override
    End bridge(Meeting where) {
        return V2Ray.start(V2RayDocuments.bridge(
                where.bridges(), V2RayCarrier.vless(where.id()), where.domain(), "127.0.0.1:" + where.originPort()))
                ::close;
    }
}
