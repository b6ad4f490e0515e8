package dev.reversetunnel.interop;

import dev.reversetunnel.peers.RequiresPeer;

/** Our portal with V2Ray's bridge. */
@RequiresPeer("v2ray")
class OurPortalWithV2RayIT extends TunnelContract {
    @Override
    End portal(Meeting where) {
        return Ours.running(Ours.portal(where));
    }

    @Override
    End bridge(Meeting where) {
        return Theirs.bridge(where)::close;
    }
}
