package dev.reversetunnel.secrets;

import com.sun.management.HotSpotDiagnosticMXBean;
import dev.reversetunnel.Bridge;
import dev.reversetunnel.Connection;
import dev.reversetunnel.Inbound;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Portal;
import dev.reversetunnel.Request;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.config.Document;
import dev.reversetunnel.config.Format;
import dev.reversetunnel.http.HttpProxy;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.peers.Origin;
import dev.reversetunnel.peers.TestCertificate;
import dev.reversetunnel.shadowsocks.Shadowsocks;
import dev.reversetunnel.shadowsocks.ShadowsocksMethod;
import dev.reversetunnel.sharelink.ShareLink;
import dev.reversetunnel.socks.Socks5;
import dev.reversetunnel.tls.Tls;
import dev.reversetunnel.vless.Vless;
import dev.reversetunnel.vmess.Vmess;
import dev.reversetunnel.websocket.WebSocket;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import java.util.stream.Stream;

/**
 * Does with secrets what can be done with them, rightly and wrongly, and prints all that comes of it; at the end their
 * owner has let go of them. Its arguments are a file for the secrets, with their bits turned over, and one for a dump
 * of the heap, or nothing.
 */
final class SecretsMain {
    private static final String DOMAIN = "reverse.test.internal";
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /** After this time those get their answer to whom a server says nothing. */
    private static final Duration SHORT = Duration.ofSeconds(1);

    private final Talkative talkative = new Talkative(System.out);
    private final Secrets secrets;
    private final Origin origin;
    private final TestCertificate certificate = TestCertificate.create();

    private SecretsMain(Secrets secrets, Origin origin) {
        this.secrets = secrets;
        this.origin = origin;
    }

    public static void main(String[] arguments) throws Exception {
        useThem(Path.of(arguments[0]));
        if (arguments.length > 1) {
            ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class).dumpHeap(arguments[1], true);
        }
    }

    /** A frame of its own: when it is gone, nothing of ours holds a secret. */
    private static void useThem(Path turned) throws Exception {
        Secrets secrets = Secrets.create();
        secrets.writeTurned(turned);
        try (Origin origin = Origin.start()) {
            SecretsMain main = new SecretsMain(secrets, origin);
            main.carriers();
            main.proxies();
            main.documents();
            main.links();
            main.mistakes();
            System.out.println(main.talkative.said() + " texts");
        }
    }

    // ---- tunnels ----

    private void carriers() throws Exception {
        tunnel(
                Vmess.server(0)
                        .address("127.0.0.1")
                        .user("shop", secrets.vmess())
                        .handshakeTimeout(SHORT)
                        .client(),
                port -> Vmess.client("127.0.0.1", port).user(secrets.vmess()),
                port -> Vmess.client("127.0.0.1", port).user(secrets.wrongId()));
        tunnel(
                Vless.server(0)
                        .address("127.0.0.1")
                        .user("shop", secrets.vless())
                        .client()
                        .transport(Tls.server(certificate.chain(), certificate.key())),
                port -> vless(port).user(secrets.vless()),
                port -> vless(port).user(secrets.wrongId()));
        tunnel(
                Vless.server(0)
                        .address("127.0.0.1")
                        .user("shop", secrets.vless())
                        .client()
                        .insecure()
                        .transport(WebSocket.server("/ray")),
                port -> Vless.client("127.0.0.1", port)
                        .user(secrets.vless())
                        .insecure()
                        .transport(WebSocket.client("/ray")),
                port -> Vless.client("127.0.0.1", port)
                        .user(secrets.wrongId())
                        .insecure()
                        .transport(WebSocket.client("/ray")));
        tunnel(
                Shadowsocks.server(0)
                        .address("127.0.0.1")
                        .serverKey(secrets.serverKey())
                        .user("shop", secrets.userKey())
                        .client(),
                port -> Shadowsocks.client("127.0.0.1", port).password(secrets.serverKey() + ":" + secrets.userKey()),
                port -> Shadowsocks.client("127.0.0.1", port).password(secrets.serverKey() + ":" + secrets.wrongKey()));
        ShadowsocksMethod old = ShadowsocksMethod.AES_256_GCM;
        tunnel(
                Shadowsocks.server(0)
                        .address("127.0.0.1")
                        .method(old)
                        .user("shop", secrets.password())
                        .handshakeTimeout(SHORT)
                        .client(),
                port -> Shadowsocks.client("127.0.0.1", port).method(old).password(secrets.password()),
                port -> Shadowsocks.client("127.0.0.1", port).method(old).password(secrets.wrongPassword()));
        reverseCommand();
    }

    private dev.reversetunnel.vless.VlessClient vless(int port) {
        return Vless.client("127.0.0.1", port)
                .transport(Tls.client().serverName(TestCertificate.NAME).trust(certificate.authority()));
    }

    /**
     * Bridges that register, that have a wrong secret and that have a wrong domain; a user, and one of the wrong sort.
     */
    private void tunnel(Inbound server, IntFunction<Outbound> right, IntFunction<Outbound> wrong) throws Exception {
        talkative.say(server);
        Portal.Builder builder = ReverseTunnel.portal("edge")
                .domain(DOMAIN)
                .waitForBridge(Duration.ofMillis(100))
                .listen("tunnels", server)
                .listen("visitors", visitors())
                .listener(talkative.listener());
        talkative.say(builder);
        try (Portal portal = builder.start()) {
            int port = portal.port("tunnels");
            visit(port);
            visit(portal.port("visitors"));
            Bridge.Builder good = bridge(DOMAIN, right.apply(port));
            talkative.say(good);
            try (Bridge bridge = good.start()) {
                bridge.awaitReady(PATIENCE);
                System.out.println(Client.get(portal.port("visitors")));
                talkative.say(bridge);
                talkative.say(bridge.snapshot());
                fails(DOMAIN, wrong.apply(port));
                fails("not." + DOMAIN, right.apply(port));
                user(right.apply(port));
                user(wrong.apply(port));
                talkative.say(portal);
                talkative.say(portal.snapshot());
            }
        }
    }

    private void reverseCommand() throws Exception {
        try (Portal portal = ReverseTunnel.portal("edge")
                .waitForBridge(Duration.ofMillis(100))
                .listen(
                        "tunnels",
                        Vless.server(0)
                                .address("127.0.0.1")
                                .reverseUser("shop", secrets.vless())
                                .transport(Tls.server(certificate.chain(), certificate.key())))
                .listen("visitors", visitors())
                .listener(talkative.listener())
                .start()) {
            int port = portal.port("tunnels");
            try (Bridge bridge = ReverseTunnel.bridge("shop")
                    .connect(vless(port).user(secrets.vless()).reverse())
                    .forward("127.0.0.1", origin.port())
                    .listener(talkative.listener())
                    .start()) {
                bridge.awaitReady(PATIENCE);
                System.out.println(Client.get(portal.port("visitors")));
                talkative.say(portal);
                talkative.say(bridge);
            }
        }
    }

    private static Inbound visitors() {
        return Inbound.port(0).address("127.0.0.1").to("web.home", 80);
    }

    private Bridge.Builder bridge(String domain, Outbound connect) {
        return ReverseTunnel.bridge("shop")
                .domain(domain)
                .connect(connect)
                .forward("127.0.0.1", origin.port())
                .listener(talkative.listener());
    }

    /** A bridge that does not get in: runs until it was told once why. */
    private void fails(String domain, Outbound connect) throws Exception {
        talkative.say(connect);
        CountDownLatch told = new CountDownLatch(1);
        try (Bridge bridge = bridge(domain, connect)
                .dialTimeout(SHORT)
                .listener(new dev.reversetunnel.TunnelListener() {
                    @Override
                    public void dialFailed(String name, TunnelException cause, Duration next) {
                        talkative.say(cause);
                        told.countDown();
                    }
                })
                .start()) {
            if (!told.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new IllegalStateException(bridge + " was let in, or was not told");
            }
            talkative.say(bridge);
        }
    }

    private void user(Outbound server) throws Exception {
        ReverseTunnel.Builder builder = ReverseTunnel.node()
                .outbound("server", server)
                .route(Rule.any().to("server"))
                .dialTimeout(SHORT)
                .listener(talkative.listener());
        talkative.say(builder);
        try (ReverseTunnel node = builder.start()) {
            attempt(() -> {
                try (Connection connection = node.dial("web.home", 80).join()) {
                    connection
                            .output()
                            .write("GET / HTTP/1.1\r\nHost: origin\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
                    return connection.input().read();
                }
            });
            attempt(() -> node.dial("v1.mux.cool", 9527).join());
            talkative.say(node);
            talkative.say(node.explain(new Request(Destination.tcp("web.home", 80), "local"))
                    .join());
        }
    }

    private void visit(int port) {
        attempt(() -> Client.get(port));
    }

    // ---- proxies ----

    private void proxies() throws Exception {
        try (ReverseTunnel node = ReverseTunnel.node()
                .inbound("socks", Socks5.server(0).address("127.0.0.1").user("ada", secrets.proxyPassword()))
                .inbound("http", HttpProxy.server(0).address("127.0.0.1").user("ada", secrets.proxyPassword()))
                .outbound("origin", Outbound.to("127.0.0.1", origin.port()))
                .route(Rule.any().to("origin"))
                .listener(talkative.listener())
                .start()) {
            talkative.say(node);
            int socks = node.port("socks");
            int http = node.port("http");
            user(Socks5.client("127.0.0.1", socks).user("ada", secrets.proxyPassword()));
            user(Socks5.client("127.0.0.1", socks).user("ada", secrets.wrongPassword()));
            user(HttpProxy.client("127.0.0.1", http).user("ada", secrets.proxyPassword()));
            user(HttpProxy.client("127.0.0.1", http).user("ada", secrets.wrongPassword()));
            user(Vless.client("127.0.0.1", 1)
                    .user(secrets.vless())
                    .transport(Tls.client()
                            .over(HttpProxy.client("127.0.0.1", http).user("ada", secrets.proxyPassword()))));
        }
    }

    // ---- documents and links ----

    private void documents() {
        String server = "'servers':[{'address':'127.0.0.1','port':1,";
        String user = "'vnext':[{'address':'127.0.0.1','port':1,'users':[";
        Stream.of(
                        part("vmess", user + "{'id':'%s'}]}]", secrets.vmess()),
                        part("vless", user + "{'id':'%s','encryption':'none'}]}]", secrets.vless()),
                        part(
                                "shadowsocks",
                                server + "'method':'2022-blake3-aes-128-gcm','password':'%s'}]",
                                secrets.serverKey()),
                        part("shadowsocks", server + "'method':'aes-256-gcm','password':'%s'}]", secrets.password()),
                        part("socks", server + "'users':[{'user':'ada','pass':'%s'}]}]", secrets.proxyPassword()),
                        part("http", server + "'users':[{'user':'ada','pass':'%s'}]}]", secrets.proxyPassword()),
                        // and what has a fault, each another one
                        part("vmess", user + "{'id':'%s'}]}]", secrets.brokenId()),
                        part(
                                "vless",
                                "'address':'127.0.0.1','port':1,'encryption':'none','id':'%s'",
                                secrets.brokenId()),
                        part(
                                "shadowsocks",
                                server + "'method':'2022-blake3-aes-128-gcm','password':'%s'}]",
                                secrets.brokenKey()),
                        part("shadowsocks", server + "'method':'aes-256-gcm','passwrod':'%s'}]", secrets.password()),
                        part("vmess", user + "{'uuid':'%s'}]}]", secrets.vmess()),
                        part("vmess", user + "'%s']}]", secrets.vmess()),
                        part("vless", user + "{'id':'%s''encryption':'none'}]}]", secrets.vless()),
                        part("vless", user + "{'id':'%s\n'}]}]", secrets.vless()))
                .map("{'outbounds':[%s]}"::formatted)
                .forEach(this::document);
        Stream.of(
                        part("vmess", "'clients':[{'id':'%s'}]", secrets.vmess()),
                        part("vless", "'decryption':'none','clients':[{'id':'%s'}]", secrets.vless()),
                        part("shadowsocks", "'method':'2022-blake3-aes-128-gcm','password':'%s'", secrets.serverKey()),
                        part("shadowsocks", "'method':'aes-256-gcm','password':'%s'", secrets.password()),
                        part(
                                "socks",
                                "'auth':'password','accounts':[{'user':'ada','pass':'%s'}]",
                                secrets.proxyPassword()),
                        part("http", "'accounts':[{'user':'ada','pass':'%s'}]", secrets.proxyPassword()),
                        // and what has a fault, each another one
                        part("vmess", "'clients':[{'id':'%s'}]", secrets.brokenId()),
                        part("vmess", "'clients':{'id':'%s'}", secrets.vmess()),
                        part("vmess", "'clients':['%s']", secrets.vmess()),
                        part("vless", "'clients':[{'id':'%s'}]", secrets.vless()),
                        part("shadowsocks", "'method':'2022-blake3-aes-128-gcm','password':'%s'", secrets.brokenKey()),
                        part("shadowsocks", "'method':'aes-256-gcm','key':'%s'", secrets.password()),
                        part(
                                "socks",
                                "'auth':'password','accounts':[{'user':'ada','password':'%s'}]",
                                secrets.proxyPassword()))
                .map(part -> part.replaceFirst(",", ",'listen':'127.0.0.1','port':0,"))
                .map("{'inbounds':[%s],'outbounds':[{'protocol':'freedom'}]}"::formatted)
                .forEach(this::document);
    }

    private static String part(String protocol, String settings, Object secret) {
        return "{'protocol':'%s','settings':{%s}}".formatted(protocol, settings.formatted(secret));
    }

    private void document(String text) {
        attempt(() -> {
            Document document = Document.parse(text.replace('\'', '"'));
            talkative.say(document);
            talkative.say(document.node());
            document.export(Format.XRAY); // its text is a secret, and is not printed
            return document.warnings();
        });
    }

    private void links() {
        for (String id : List.of(secrets.vless().toString(), secrets.brokenId())) {
            for (String link : List.of(
                    "vless://%s@127.0.0.1:443?security=tls#shop",
                    "vless://%s@127.0.0.1:none",
                    "vless://%s@127.0.0.1:443?security=reality",
                    "vless://%s",
                    "vless://shop:%s@127.0.0.1:443",
                    "vmess://%s@127.0.0.1:443",
                    "trojan://%s@127.0.0.1:443",
                    "%s")) {
                link(link.formatted(id));
            }
        }
        for (String key : List.of(secrets.serverKey(), secrets.brokenKey(), secrets.password())) {
            for (String method : List.of("2022-blake3-aes-128-gcm", "aes-256-gcm", "rc4-md5")) {
                link("ss://%s:%s@127.0.0.1:1".formatted(method, key));
                link("ss://"
                        + Base64.getUrlEncoder()
                                .encodeToString((method + ":" + key).getBytes(StandardCharsets.US_ASCII))
                        + "@127.0.0.1:none");
            }
        }
        link("vmess://"
                + Base64.getEncoder()
                        .encodeToString("{\"v\":\"2\",\"add\":\"127.0.0.1\",\"port\":\"none\",\"id\":\"%s\"}"
                                .formatted(secrets.vmess())
                                .getBytes(StandardCharsets.US_ASCII)));
    }

    private void link(String link) {
        attempt(() -> {
            ShareLink parsed = ShareLink.parse(link);
            talkative.say(parsed);
            return parsed.warnings();
        });
    }

    private void mistakes() {
        attempt(() -> Shadowsocks.server(0).user("shop", secrets.brokenKey()));
        attempt(() -> Shadowsocks.server(0).serverKey(secrets.brokenKey()));
        attempt(() -> Shadowsocks.client("127.0.0.1", 1).password(secrets.brokenKey()));
        attempt(() -> Shadowsocks.server(0).user("one", secrets.userKey()).user("two", secrets.userKey()));
        attempt(() -> Vmess.server(0).user("shop", secrets.brokenId()));
        attempt(() -> Vmess.server(0).user("one", secrets.vmess()).user("two", secrets.vmess()));
        attempt(() -> Vmess.client("127.0.0.1", 1).user(secrets.brokenId()));
        attempt(() -> Vless.server(0).user("shop", secrets.brokenId()));
        attempt(() -> Vless.server(0).user("one", secrets.vless()).reverseUser("two", secrets.vless()));
        attempt(() -> Vless.client("127.0.0.1", 1).user(secrets.brokenId()));
        attempt(() -> Socks5.server(0).user("ada", secrets.proxyPassword()).user("ada", secrets.wrongPassword()));
        attempt(() -> HttpProxy.client("127.0.0.1", 1).user("a:da", secrets.proxyPassword()));
        attempt(() -> Tls.server(certificate.key(), certificate.chain()));
        attempt(() -> Tls.server(certificate.chain(), certificate.authority()));
        attempt(() -> ReverseTunnel.portal("edge")
                .listen(Vless.server(0).address("0.0.0.0").user("shop", secrets.vless()))
                .start());
    }

    /** Prints what it gives, or what it fails with. */
    private void attempt(Callable<?> action) {
        try {
            talkative.say(action.call());
        } catch (IOException | RuntimeException e) {
            talkative.say(e);
        } catch (Exception e) {
            throw new IllegalStateException("not what a mistake should end in", e);
        }
    }
}
