package dev.reversetunnel.interop;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Bridge;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.Sniffed;
import dev.reversetunnel.Sniffing;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Nginx;
import dev.reversetunnel.peers.Nginx.Site;
import dev.reversetunnel.peers.Ports;
import dev.reversetunnel.peers.RequiresPeer;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.vmess.Vmess;
import io.netty.channel.ChannelHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.File;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * One public port for three bridges, by the host that visitors name: in plain HTTP, and in TLS that nobody on the way
 * can open. Two of them have a web server that knows no names, so whoever is led astray sees another page.
 */
@RequiresPeer({"nginx", "curl"})
class ManyNamesOnePortIT {
    private static final TestCertificate CERTIFICATE =
            TestCertificate.naming("shop.example", "blog.example", "chat.example");

    private final UUID id = UUID.randomUUID();
    private final Site shop = new Site("the shop", Ports.free(), Ports.free());
    private final Site blog = new Site("the blog", Ports.free(), Ports.free());
    private final List<AutoCloseable> open = new ArrayList<>();
    private ReverseTunnel publicNode;
    private int port;

    @TempDir
    Path directory;

    @BeforeEach
    void start() throws Exception {
        publicNode = ReverseTunnel.node()
                .inbound(
                        "public",
                        Inbound.port(0)
                                .address("127.0.0.1")
                                .to("127.0.0.1", 80)
                                .sniff(Sniffing.of(Sniffed.HTTP, Sniffed.TLS).patience(Duration.ofSeconds(5))))
                .inbound("tunnels", Vmess.server(0).address("127.0.0.1").user("bridges", id))
                .inbound("socks", Socks5.server(0).address("127.0.0.1").sniff(Sniffing.of(Sniffed.HTTP)))
                .inbound("http", HttpProxy.server(0).address("127.0.0.1").sniff(Sniffing.of(Sniffed.HTTP)))
                .inbound(
                        "users",
                        Vmess.server(0)
                                .address("127.0.0.1")
                                .user("ada", id)
                                .clientOnly()
                                .sniff(Sniffing.of(Sniffed.HTTP)))
                .portal("shop", "shop.internal")
                .portal("blog", "blog.internal")
                .portal("chat", "chat.internal")
                .route(Rule.inbound("tunnels").domain("full:shop.internal").to("shop"))
                .route(Rule.inbound("tunnels").domain("full:blog.internal").to("blog"))
                .route(Rule.inbound("tunnels").domain("full:chat.internal").to("chat"))
                .route(Rule.any().domain("full:shop.example").to("shop"))
                .route(Rule.inbound("public").domain("domain:blog.example").to("blog"))
                .route(Rule.inbound("public").domain("full:chat.example").to("chat"))
                .start();
        open.add(publicNode);
        port = publicNode.port("public");
        open.add(Nginx.serving(CERTIFICATE, shop, blog));
        open.add(bridge("shop").forward("127.0.0.1", both(shop)).start());
        open.add(bridge("blog").forward("127.0.0.1", both(blog)).start());
        open.add(bridge("chat").serve(chat()).start());
        for (AutoCloseable each : open) {
            if (each instanceof Bridge bridge) {
                bridge.awaitReady(Duration.ofSeconds(20));
            }
        }
    }

    @AfterEach
    void close() throws Exception {
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    private Bridge.Builder bridge(String name) {
        return ReverseTunnel.bridge(name)
                .domain(name + ".internal")
                .connect(Vmess.client("127.0.0.1", publicNode.port("tunnels")).user(id));
    }

    /** HTTP and HTTPS at one port, told apart by what comes first; names mean nothing here. */
    private int both(Site site) throws Exception {
        ReverseTunnel node = ReverseTunnel.node()
                .inbound(
                        "both",
                        Inbound.port(0)
                                .address("127.0.0.1")
                                .sniff(Sniffing.of(Sniffed.HTTP, Sniffed.TLS).namesOf()))
                .outbound("http", Outbound.to("127.0.0.1", site.http()))
                .outbound("https", Outbound.to("127.0.0.1", site.https()))
                .route(Rule.any().protocol("tls").to("https"))
                .route(Rule.any().protocol("http").to("http"))
                .start();
        open.add(node);
        return node.port("both");
    }

    private static ChannelHandler chat() throws Exception {
        SslContext tls = SslContextBuilder.forServer(
                        CERTIFICATE.chain().toFile(), CERTIFICATE.key().toFile())
                .build();
        return new ChatRoom(tls);
    }

    // ---- curl ----

    private String curl(String... arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("curl", "-sS", "--max-time", "20", "--cacert"));
        command.add(CERTIFICATE.authority().toString());
        for (String name : List.of("shop", "blog", "chat", "www.blog")) {
            command.add("--resolve");
            command.add(name + ".example:" + port + ":127.0.0.1");
        }
        command.addAll(List.of(arguments));
        return output(command);
    }

    private static String output(List<String> command) throws Exception {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            process.getOutputStream().close();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            then(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
            return output;
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void curl_finds_each_of_them_by_host_and_keeps_its_connection() throws Exception {
        for (Site site : List.of(shop, blog)) {
            String url = "http://" + site.page().substring(4) + ".example:" + port + "/";
            then(curl("-w", " %{num_connects};", url, url + "again", url + "and/again"))
                    .isEqualTo("%1$s 1;%1$s 0;%1$s 0;".formatted(site.page()));
        }
        then(curl("http://www.blog.example:" + port + "/")).isEqualTo("the blog");
        then(curl("http://chat.example:" + port + "/")).isEqualTo("the chat");
        then(curl("-H", "Host: SHOP.example.", "http://blog.example:" + port + "/"))
                .isEqualTo("the shop");
    }

    @Test
    void curl_finds_each_of_them_by_sni_and_speaks_to_nobody_else() throws Exception {
        String both = " %{http_version} %{ssl_verify_result};";
        then(curl("-w", both, "https://shop.example:" + port + "/")).isEqualTo("the shop 2 0;");
        then(curl("-w", both, "--http1.1", "https://shop.example:" + port + "/"))
                .isEqualTo("the shop 1.1 0;");
        then(curl("-w", both, "https://blog.example:" + port + "/")).isEqualTo("the blog 2 0;");
        then(curl("-w", both, "https://chat.example:" + port + "/")).isEqualTo("the chat 1.1 0;");
    }

    @Test
    void a_host_that_nobody_has_is_refused() throws Exception {
        then(curl("--resolve", "other.example:" + port + ":127.0.0.1", "http://other.example:" + port + "/"))
                .startsWith("curl: ("); // reset, or an empty answer
        then(publicNode.snapshot().refused()).isEqualTo(1);
    }

    // ---- who ask for an address ----

    @Test
    void clients_of_proxies_are_led_by_the_host_that_they_name() throws Exception {
        String url = "http://192.0.2.1/";
        String host = "Host: shop.example";
        then(curl("--socks5", "127.0.0.1:" + publicNode.port("socks"), "-H", host, url))
                .isEqualTo("the shop");
        then(curl("--proxytunnel", "-x", "127.0.0.1:" + publicNode.port("http"), "-H", host, url))
                .isEqualTo("the shop");
        then(curl("--socks5", "127.0.0.1:" + publicNode.port("socks"), url)).startsWith("curl: (");
    }

    /** His first bytes come with the header of his protocol. */
    @Test
    void so_are_users_of_a_server() throws Exception {
        try (ReverseTunnel user = ReverseTunnel.node()
                .inbound("local", Inbound.port(0).address("127.0.0.1").to("192.0.2.1", 80))
                .outbound(
                        "portal",
                        Vmess.client("127.0.0.1", publicNode.port("users")).user(id))
                .route(Rule.any().to("portal"))
                .start()) {
            then(curl("-H", "Host: shop.example", "http://127.0.0.1:" + user.port("local") + "/"))
                    .isEqualTo("the shop");
        }
    }

    // ---- as browsers do ----

    private List<String> browser(String... addresses) throws Exception {
        Path hosts = Files.writeString(
                directory.resolve("hosts"), "127.0.0.1 shop.example blog.example www.blog.example chat.example\n");
        List<String> command = new ArrayList<>(List.of(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-Djdk.net.hosts.file=" + hosts,
                "-cp",
                System.getProperty("java.class.path"),
                BrowserMain.class.getName(),
                CERTIFICATE.authority().toString()));
        for (String address : addresses) {
            command.add(address.replace("example", "example:" + port));
        }
        return output(command).lines().map(line -> line.replace(":" + port, "")).toList();
    }

    @Test
    void a_browser_opens_all_of_them_at_once_by_http_and_https_and_web_socket() throws Exception {
        then(browser(
                        "http://shop.example/",
                        "http://blog.example/",
                        "http://chat.example/",
                        "https://shop.example/",
                        "https://blog.example/",
                        "https://chat.example/",
                        "ws://chat.example/chat",
                        "wss://chat.example/chat"))
                .containsExactly(
                        "http://shop.example/: 12 times HTTP_1_1 the shop",
                        "http://blog.example/: 12 times HTTP_1_1 the blog",
                        "http://chat.example/: 12 times HTTP_1_1 the chat",
                        "https://shop.example/: 12 times HTTP_2 the shop",
                        "https://blog.example/: 12 times HTTP_2 the blog",
                        "https://chat.example/: 12 times HTTP_1_1 the chat",
                        "ws://chat.example/chat: hello",
                        "wss://chat.example/chat: hello");
    }

    /** A slow sender: each byte of the head in a segment of its own. */
    @Test
    void a_visitor_who_types_his_request_is_led_right() throws Exception {
        try (Socket visitor = Client.connect(port)) {
            visitor.setTcpNoDelay(true);
            for (byte b : "GET / HTTP/1.0\r\nhost: blog.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII)) {
                visitor.getOutputStream().write(b);
            }
            then(new String(visitor.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
                    .endsWith("\r\n\r\nthe blog");
        }
    }
}
