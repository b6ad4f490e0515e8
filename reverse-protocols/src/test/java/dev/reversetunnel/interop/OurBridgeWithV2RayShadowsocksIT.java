package dev.reversetunnel.interop;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayCarrier;
import dev.reversetunnel.peers.V2RayDocuments;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;

/** V2Ray's portal with our bridge, over Shadowsocks. */
@RequiresPeer("v2ray")
class OurBridgeWithV2RayShadowsocksIT extends SmallTunnelContract {
    private static final String PASSWORD = "correct horse battery staple, and more";

    @Override
    End portal(Meeting where) {
        return V2Ray.start(V2RayDocuments.portal(
                where.visitors(), where.bridges(), V2RayCarrier.shadowsocks("aes-256-gcm", PASSWORD), where.domain()))
                ::close;
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .domain(where.domain())
                .connect(Shadowsocks.client("127.0.0.1", where.bridges())
                        .method(ShadowsocksMethod.AES_256_GCM)
                        .password(PASSWORD))
                .forward("127.0.0.1", where.originPort()));
    }
}
