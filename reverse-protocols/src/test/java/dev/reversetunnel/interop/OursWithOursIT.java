package dev.reversetunnel.interop;

/** Our portal with our bridge. */
class OursWithOursIT extends TunnelContract {
    @Override
    End portal(Meeting where) {
        return Ours.running(Ours.portal(where));
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(Ours.bridge(where));
    }
}
