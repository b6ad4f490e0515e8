package dev.reversetunnel.config;

import dev.reversetunnel.foreign.Json;
import org.jspecify.annotations.Nullable;

/**
 * A host and a port.
 *
 * @param host a name or an IP address
 * @param port 1 to 65535
 */
record Endpoint(String host, int port) {
    /** A server that is dialled. Null if something of it is missing or wrong, which is told. */
    static @Nullable Endpoint read(Section server) {
        String host = Address.read(server, "address");
        if (host == null) {
            server.missing("address", "the server's name or IP address");
        }
        Value value = server.value("port");
        if (value == null) {
            server.faults().fault(server.place("port"), "missing (expected: the server's port, 1~65535)");
            return null;
        }
        Ports ports = Ports.read(value, server.faults());
        if (ports == null) {
            return null;
        }
        Integer port = ports.single();
        if (port == null || port == 0) {
            server.faults().fault(value.place(), ports + " (expected: one port, 1~65535)");
            return null;
        }
        return host == null ? null : new Endpoint(host, port);
    }

    Json print() {
        return Json.object().with("address", host).with("port", port);
    }

    /** {@code host:port}, with brackets if need be. */
    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : '[' + host + ']') + ':' + port;
    }
}
