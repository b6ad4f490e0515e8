package dev.reversetunnel.interop;

import dev.reversetunnel.peers.RequiresPeer;

/** V2Ray's portal with our bridge. */
@RequiresPeer("v2ray")
class OurBridgeWithV2RayIT extends TunnelContract {
    @Override
    End portal(Meeting where) {
        return Theirs.portal(where)::close;
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(Ours.bridge(where));
    }
}
