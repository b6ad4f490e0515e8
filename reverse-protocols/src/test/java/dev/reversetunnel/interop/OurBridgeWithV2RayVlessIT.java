package dev.reversetunnel.interop;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.vless.Vless;

/** V2Ray's portal with our bridge, over VLESS. */
@RequiresPeer("v2ray")
class OurBridgeWithV2RayVlessIT extends SmallTunnelContract {
    @Override
    End portal(Meeting where) {
        return V2Ray.start(V2RayDocuments.portal(
                where.visitors(), where.bridges(), V2RayCarrier.vless(where.id()), where.domain()))::close;
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .domain(where.domain())
                .connect(Vless.client("127.0.0.1", where.bridges()).user(where.id()))
                .forward("127.0.0.1", where.originPort()));
    }
}
