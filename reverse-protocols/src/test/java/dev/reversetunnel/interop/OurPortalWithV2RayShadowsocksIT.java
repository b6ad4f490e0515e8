package dev.reversetunnel.interop;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;

/** Our portal with V2Ray's bridge, over Shadowsocks. */
@RequiresPeer("v2ray")
class OurPortalWithV2RayShadowsocksIT extends SmallTunnelContract {
    private static final String PASSWORD = "correct horse battery staple, and more";

    @Override
    End portal(Meeting where) {
        return Ours.running(ReverseTunnel.portal("portal")
                .domain(where.domain())
                .listen(Shadowsocks.server(where.bridges())
                        .address("127.0.0.1")
                        .method(ShadowsocksMethod.AES_128_GCM)
                        .user("interconn", PASSWORD))
                .listen(Inbound.port(where.visitors()).address("127.0.0.1").to("127.0.0.1", 80)));
    }

    @Override
    End bridge(Meeting where) {
        return V2Ray.start(V2RayDocuments.bridge(
                where.bridges(),
                V2RayCarrier.shadowsocks("aes-128-gcm", PASSWORD),
                where.domain(),
                "127.0.0.1:" + where.originPort()))::close;
    }
}
