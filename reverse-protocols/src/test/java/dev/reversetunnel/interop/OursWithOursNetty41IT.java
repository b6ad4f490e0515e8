package dev.reversetunnel.interop;

/** Our portal with our bridge, on event loops of their own. */
class OursWithOursNetty41IT extends SmallTunnelContract {
    @Override
    End portal(Meeting where) {
        return Ours.running(Ours.portal(where));
    }

    @Override
    End bridge(Meeting where) {
        return Ours.running(Ours.bridge(where));
    }
}
