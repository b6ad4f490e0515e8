package dev.reversetunnel.proxy;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import dev.reversetunnel.Bridge;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Transport;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.http.HttpProxyServer;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Client.End;
import dev.reversetunnel.peers.Client.Transfer;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.vmess.Vmess;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProxyServerTest {
    private static final HttpProxyServer LOCAL = HttpProxy.server(0).address("127.0.0.1");

    private final Origin origin = Origin.start();

    @AfterEach
    void closeTheOrigin() {
        origin.close();
    }

    /** One head, and what is answered up to the empty line. */
    private static String ask(Socket socket, String head) throws IOException {
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        StringBuilder answer = new StringBuilder();
        InputStream in = socket.getInputStream();
        while (answer.indexOf("\r\n\r\n") < 0) {
            int next = in.read();
            if (next < 0) {
                return answer + " and then the end";
            }
            answer.append((char) next);
        }
        return answer.toString();
    }

    private String connect(String more) {
        return "CONNECT 127.0.0.1:" + origin.port() + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n";
    }

    @Test
    void a_socket_of_the_jdk_reaches_an_origin_by_name() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = ProxyNodes.throughJdk(Proxy.Type.HTTP, node, "localhost", origin.port())) {
            then(Client.echo(socket, "through the proxy")).isEqualTo("through the proxy");
            socket.shutdownOutput();
            then(Client.readToEnd(socket).end()).isEqualTo(End.CLEAN);
        }
    }

    @Test
    void the_http_client_of_the_jdk_fetches_pages_by_https() throws Exception {
        X509Bundle certificate = new CertificateBuilder()
                .subject("CN=web.test")
                .addSanDnsName("web.test")
                .setIsCertificateAuthority(true)
                .buildSelfSigned();
        HttpsServer web = HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        web.setHttpsConfigurator(new HttpsConfigurator(context(certificate)));
        web.createContext("/", exchange -> {
            byte[] page = ("page of " + exchange.getRequestHeaders().getFirst("Host")).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, page.length);
            exchange.getResponseBody().write(page);
            exchange.close();
        });
        web.start();
        try (ReverseTunnel node =
                ProxyNodes.to(LOCAL, Outbound.to("127.0.0.1", web.getAddress().getPort()))) {
            HttpClient client = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .sslContext(context(certificate))
                    .proxy(ProxySelector.of(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), node.port("proxy"))))
                    .build();
            HttpRequest request = HttpRequest.newBuilder(URI.create("https://web.test/"))
                    .timeout(Client.PATIENCE)
                    .build();
            for (int round = 0; round < 3; round++) {
                then(client.send(request, HttpResponse.BodyHandlers.ofString()).body())
                        .isEqualTo("page of web.test");
            }
        } finally {
            web.stop(0);
        }
    }

    private static SSLContext context(X509Bundle certificate) throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                certificate.toKeyManagerFactory().getKeyManagers(),
                new TrustManager[] {certificate.toTrustManager()},
                new SecureRandom());
        return context;
    }

    @Test
    void a_great_download_arrives_whole() throws Exception {
        long size = 20L << 20;
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = Client.connect(node.port("proxy"))) {
            then(ask(socket, connect(""))).startsWith("HTTP/1.1 200 ");
            Client.askForDownload(socket, size, 7);
            then(Client.readToEnd(socket)).isEqualTo(new Transfer(size, Client.sha256(size, 7), End.CLEAN));
        }
    }

    @Test
    void rules_know_the_user_by_his_name() throws Exception {
        List<String> users = new ArrayList<>();
        try (ReverseTunnel node = ProxyNodes.to(LOCAL.user("ann", "secret").user("bob", "other"), (request, dialer) -> {
            users.add(request.user());
            return Outbound.to("127.0.0.1", origin.port()).connect(request, dialer);
        })) {
            try (Socket socket = Client.connect(node.port("proxy"))) {
                then(ask(socket, connect("Proxy-Authorization: Basic Ym9iOm90aGVy\r\n")))
                        .startsWith("HTTP/1.1 200 ");
                then(Client.echo(socket, "bob")).isEqualTo("bob");
            }
            then(users).containsExactly("bob");
            try (Socket socket = Client.connect(node.port("proxy"))) {
                // A client in a hurry: closing with its bytes unread would reset the connection, and lose the answer.
                then(ask(socket, connect("") + "x".repeat(100_000))).startsWith("HTTP/1.1 407 ");
                then(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                        .isEqualTo("Name and password, please.\n");
            }
            then(users).hasSize(1);
        }
    }

    @Test
    void the_answer_tells_what_became_of_the_request() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                ReverseTunnel strict = ProxyNodes.to(LOCAL, Outbound.direct());
                Socket one = Client.connect(node.port("proxy"));
                Socket two = Client.connect(strict.port("proxy"))) {
            then(ask(one, "CONNECT 127.0.0.1:" + Ports.free() + " HTTP/1.1\r\n\r\n"))
                    .startsWith("HTTP/1.1 502 ");
            then(ask(two, connect(""))).startsWith("HTTP/1.1 403 ");
            then(two.getInputStream().read()).isNegative();
        }
    }

    @Test
    void a_client_that_waits_for_no_answer_loses_nothing() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL);
                Socket socket = Client.connect(node.port("proxy"))) {
            socket.getOutputStream().write((connect("") + "Eone").getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();

            then(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200 Connection established\r\n\r\nEone");
        }
    }

    @Test
    void is_not_started_open_to_everybody_by_mistake() {
        thenThrownBy(() -> ProxyNodes.direct(HttpProxy.server(0)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("HttpProxy.server(0, 0 users): everybody who reaches the port could use it")
                .hasMessageContaining("open()");
        then(HttpProxy.server(0).open().fault()).isEmpty();
        then(HttpProxy.server(0).user("ann", "secret").fault()).isEmpty();
        then(LOCAL.fault()).isEmpty();
    }

    @Test
    void who_says_nothing_is_closed_when_his_time_is_up() throws Exception {
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL.handshakeTimeout(Duration.ofMillis(300)));
                Socket socket = Client.connect(node.port("proxy"))) {
            socket.getOutputStream().write("CONNECT".getBytes(StandardCharsets.US_ASCII));
            then(Client.readToEnd(socket).bytes()).isZero();
        }
    }

    @Test
    void for_one_stranger_more_the_oldest_has_to_go() throws Exception {
        List<Socket> strangers = new ArrayList<>();
        try (ReverseTunnel node = ProxyNodes.direct(LOCAL)) {
            for (int count = 0; count < 65; count++) {
                strangers.add(Client.connect(node.port("proxy")));
            }
            then(Client.readToEnd(strangers.get(0)).bytes()).isZero();
        } finally {
            for (Socket stranger : strangers) {
                stranger.close();
            }
        }
    }

    @Test
    void visitors_reach_the_network_of_a_bridge_through_a_tunnel() throws Exception {
        UUID id = UUID.randomUUID();
        Transport memory = Transport.memory();
        try (Portal portal = ReverseTunnel.portal("edge")
                        .domain("reverse.test.internal")
                        .listen(Vmess.server(0).transport(memory).user("shop", id))
                        .listen(LOCAL)
                        .start();
                Bridge bridge = ReverseTunnel.bridge("shop")
                        .domain("reverse.test.internal")
                        .connect(Vmess.client("portal", portal.port("tunnels"))
                                .transport(memory)
                                .user(id))
                        .reach(Outbound.direct().allowPrivate())
                        .start()) {
            bridge.awaitReady(Duration.ofSeconds(20));
            try (Socket socket = Client.connect(portal.port("visitors"))) {
                then(ask(socket, connect(""))).startsWith("HTTP/1.1 200 ");
                then(Client.echo(socket, "to the bridge")).isEqualTo("to the bridge");
            }
        }
    }
}
