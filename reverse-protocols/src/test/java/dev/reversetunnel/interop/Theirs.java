package dev.reversetunnel.interop;

import dev.reversetunnel.peers.V2Ray;
import dev.reversetunnel.peers.V2RayDocuments;

/** V2Ray's ends, with the documents of its reverse proxy manual. */
final class Theirs {
    private Theirs() {}

    static V2Ray portal(Meeting meeting) {
        return V2Ray.start(
                V2RayDocuments.portal(meeting.visitors(), meeting.bridges(), meeting.id(), meeting.domain()));
    }

    static V2Ray bridge(Meeting meeting) {
        return V2Ray.start(V2RayDocuments.bridge(
                meeting.bridges(), meeting.id(), meeting.domain(), "127.0.0.1:" + meeting.originPort()));
    }
}
