package dev.reversetunnel.interop;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.shadowsocks.Shadowsocks;

/** Our portal with our bridge, over Shadowsocks 2022. */
class OursWithOursShadowsocks2022IT extends SmallTunnelContract {
    private static final String KEY = "ia6NPQuOnovIePVgKhgIwg==";

    @Override
    End portal(Meeting where) {
        return Ours.running(ReverseTunnel.portal("portal")
                .domain(where.domain())
                .listen(Shadowsocks.server(where.bridges()).address("127.0.0.1").user("interconn", KEY))
                .listen(Inbound.port(where.visitors()).address("127.0.0.1").to("127.0.0.1", 80)));
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(ReverseTunnel.bridge("bridge")
                .domain(where.domain())
                .connect(Shadowsocks.client("127.0.0.1", where.bridges()).password(KEY))
                .forward("127.0.0.1", where.originPort()));
    }
}
