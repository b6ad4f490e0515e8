package dev.reversetunnel.interop;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.vmess.Vmess;
import java.io.UncheckedIOException;

/** Our ends, saying the same as the documents of V2Ray's reverse proxy manual. */
final class Ours {
    private Ours() {}

    /** Starts it. */
    static End running(Portal.Builder portal) {
        try {
            return portal.start()::close;
        } catch (TunnelException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts it. */
    static End running(Bridge.Builder bridge) {
        try {
            return bridge.start()::close;
        } catch (TunnelException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Portal.Builder portal(Meeting meeting) {
        return ReverseTunnel.portal("portal")
                .domain(meeting.domain())
                .listen(Vmess.server(meeting.bridges()).address("127.0.0.1").user("interconn", meeting.id()))
                .listen(Inbound.port(meeting.visitors()).address("127.0.0.1").to("127.0.0.1", 80));
    }

    static Bridge.Builder bridge(Meeting meeting) {
        return ReverseTunnel.bridge("bridge")
                .domain(meeting.domain())
                .connect(Vmess.client("127.0.0.1", meeting.bridges()).user(meeting.id()))
                .forward("127.0.0.1", meeting.originPort());
    }
}
