package dev.reversetunnel.interop;

import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.Xray;
import dev.reversetunnel.peers.XrayDocuments;
import dev.reversetunnel.vless.Vless;

/** Xray's portal with our bridge, by the reverse command. */
@RequiresPeer("xray")
class OurBridgeWithXrayReverseIT extends SmallTunnelContract {
    @Override
    End portal(Meeting where) {
        return Xray.start(XrayDocuments.reverse(where.bridges(), where.id()).portal(where.visitors()))::close;
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .connect(Vless.client("127.0.0.1", where.bridges())
                        .user(where.id())
                        .reverse())
                .forward("127.0.0.1", where.originPort()));
    }
}
