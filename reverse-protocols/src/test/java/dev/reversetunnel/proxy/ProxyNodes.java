package dev.reversetunnel.proxy;

import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.peers.Client;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.Socket;

/** Nodes of one inbound and one outbound. */
final class ProxyNodes {
    private ProxyNodes() {}

    /** A proxy that reaches whatever is asked for. */
    static ReverseTunnel direct(Inbound proxy) throws TunnelException {
        return to(proxy, Outbound.direct().allowPrivate());
    }

    /** A proxy with one way out; its port is that of "proxy". */
    static ReverseTunnel to(Inbound proxy, Outbound way) throws TunnelException {
        return ReverseTunnel.node()
                .inbound("proxy", proxy)
                .outbound("way", way)
                .route(Rule.inbound("proxy").to("way"))
                .start();
    }

    /** A socket of the JDK behind a proxy of the JDK's. The proxy is given the name as it is. */
    static Socket throughJdk(Proxy.Type type, ReverseTunnel proxy, String host, int port) throws IOException {
        Socket socket = new Socket(
                new Proxy(type, new InetSocketAddress(InetAddress.getLoopbackAddress(), proxy.port("proxy"))));
        try {
            socket.setSoTimeout((int) Client.PATIENCE.toMillis());
            socket.connect(InetSocketAddress.createUnresolved(host, port), (int) Client.PATIENCE.toMillis());
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    }
}
