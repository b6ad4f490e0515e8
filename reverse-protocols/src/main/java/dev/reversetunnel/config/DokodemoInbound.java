package dev.reversetunnel.config;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.PortInbound;
import dev.reversetunnel.Transport;
import dev.reversetunnel.foreign.Json;

/**
 * A port whose visitors all ask for one destination.
 *
 * @param host of the destination
 * @param port of the destination; 0 for that of the listener
 * @param networks what is taken
 */
record DokodemoInbound(String host, int port, Networks networks) implements InboundSettings {
    static InboundSettings read(Section settings) {
        String host = Address.read(settings, settings.has("rewriteAddress") ? "rewriteAddress" : "address");
        Integer port = settings.number(settings.has("rewritePort") ? "rewritePort" : "port", 0, 65_535);
        Networks networks = Networks.read(settings, settings.has("allowedNetwork") ? "allowedNetwork" : "network");
        settings.number("userLevel", 0, Integer.MAX_VALUE);
        return new DokodemoInbound(host == null ? "localhost" : host, port == null ? 0 : port, networks);
    }

    @Override
    public String protocol() {
        return "dokodemo-door";
    }

    @Override
    public Inbound build(Listener at) {
        PortInbound inbound =
                Inbound.port(at.port()).to(host, port == 0 ? at.port() : port).sniff(at.sniffing());
        if (networks.udp()) {
            inbound = networks.tcp() ? inbound.tcpAndUdp() : inbound.udp();
        }
        if (at.address() != null) {
            inbound = inbound.address(at.address());
        }
        return at.transport() == Transport.tcp() ? inbound : inbound.transport(at.transport());
    }

    @Override
    public Json print(Format format) {
        Json settings = Json.object().with("address", host);
        if (port > 0) {
            settings.with("port", port);
        } else if (format == Format.V2RAY) {
            throw new IllegalArgumentException("port: none, which V2Ray 4 takes for 0 (expected: that of the target)");
        }
        return settings.with("network", networks.toString());
    }
}
