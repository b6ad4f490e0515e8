package dev.reversetunnel.vless;

import static org.assertj.core.api.BDDAssertions.then;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.Rule;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.peers.Client;
import dev.reversetunnel.testkit.Hex;
import dev.reversetunnel.testkit.Vectors;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What was asked of real servers, asked of ours: it answers as Xray 26.7.28, but for what is said here. */
@Timeout(60)
class VlessPeerBehaviourTest {
    private static final String PEER = "Xray 26.7.28";
    private static final String USER = "b831381d63244d53ad4f8cda48b30811";
    private static final String BRIDGE = "feb54431301b52bba6dde1e93e81bb9e";
    private static final String FALLBACK_REPLY = "HTTP/1.1 400 Bad Request\r\n\r\n";

    /** Where no byte comes back from us, and from V2Ray: an answer that is none says only that we are there. */
    private static final List<String> WITHOUT_HEADER = List.of("refused-origin", "tcp-to-v1.rvs.cool");

    private static String tcp(String id, String rest) {
        return "00" + id + "00 01" + rest;
    }

    private static final String ECHO = " 0007 01 01020304";
    private static final String DATAGRAMS = " 00 02 0007 01 01020304";

    private static final Map<String, String> REQUESTS = new HashMap<>();

    static {
        REQUESTS.put("good-tcp-echo", tcp(USER, ECHO + "616263"));
        REQUESTS.put("good-tcp-echo-bytewise", tcp(USER, ECHO + "616263"));
        REQUESTS.put("wrong-uuid", tcp("ff" + USER.substring(2), ECHO + "616263"));
        REQUESTS.put("version-1", "01" + tcp(USER, ECHO + "616263").substring(2));
        REQUESTS.put("http-request", text("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"));
        REQUESTS.put("short-10-bytes", text("GET / HTTP"));
        REQUESTS.put("wrong-command-9", "00" + USER + "00 09" + ECHO);
        REQUESTS.put("reverse-command-plain-user", "00" + USER + "00 04");
        REQUESTS.put("bad-address-type", tcp(USER, " 0007 04 01020304"));
        REQUESTS.put("flow-vision-without-tls", "00" + USER + "120a1078746c732d727072782d766973696f6e 01" + ECHO);
        REQUESTS.put("unknown-flow", "00" + USER + "05 0a03666f6f 01" + ECHO + "616263");
        REQUESTS.put("uuid-bytes-6-7-changed", tcp("b831381d63241234ad4f8cda48b30811", ECHO + "616263"));
        REQUESTS.put("mux-command-echo", "00" + USER + "00 03" + muxNew());
        REQUESTS.put("tcp-to-v1.mux.cool", tcp(USER, "2537 02 0b 76312e6d75782e636f6f6c" + muxNew()));
        REQUESTS.put("udp-echo", "00" + USER + DATAGRAMS + "00036f6e65 000374776f");
        REQUESTS.put("udp-empty-then-data", "00" + USER + DATAGRAMS + "0000 000374776f");
        REQUESTS.put("refused-origin", tcp(USER, "0009 01 01020304 616263"));
        REQUESTS.put("reverse-user-forward-tcp", tcp(BRIDGE, ECHO + "616263"));
        REQUESTS.put("reverse-user-mux", "00" + BRIDGE + "00 03" + muxNew());
        REQUESTS.put("reverse-user-reverse", "00" + BRIDGE + "00 04");
        REQUESTS.put("tcp-to-v1.rvs.cool", tcp(USER, "0000 02 0b 76312e7276732e636f6f6c 616263"));
    }

    private static String muxNew() {
        return "000c 0001 01 01 01 0007 01 01020304 0003616263";
    }

    private static String text(String text) {
        return ByteBufUtil.hexDump(text.getBytes(StandardCharsets.US_ASCII));
    }

    static Stream<Case> cases() {
        List<Case> cases = new ArrayList<>();
        JsonObject document = Vectors.load(VlessPeerBehaviourTest.class, "peers/vless-server-behaviour.json");
        for (JsonObject each : Vectors.objects(document.getAsJsonArray("cases"))) {
            for (JsonObject result : Vectors.objects(each.getAsJsonArray("results"))) {
                for (JsonElement peer : result.getAsJsonArray("peers")) {
                    if (peer.getAsString().equals(PEER)) {
                        cases.add(new Case(
                                each.get("case").getAsString(),
                                each.get("fallback_configured").getAsBoolean(),
                                result));
                    }
                }
            }
        }
        then(cases).hasSize(2 * REQUESTS.size());
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void does_what_a_real_server_does(Case asked) throws Exception {
        try (FallbackServer elsewhere = new FallbackServer(FALLBACK_REPLY);
                ReverseTunnel node = node(asked.hasFallback(), elsewhere.port());
                Socket socket = Client.connect(node.port("in"))) {
            byte[] request = Hex.bytes(REQUESTS.get(asked.name()));
            send(socket, request, asked, elsewhere);

            if (asked.goesElsewhere()) {
                then(readText(socket, FALLBACK_REPLY.length())).isEqualTo(FALLBACK_REPLY);
                then(elsewhere.awaitBytes(request.length)).isEqualTo(request);
            } else if (asked.name().equals("reverse-user-reverse")) {
                byte[] start = socket.getInputStream().readNBytes(2 + 18);
                then(ByteBufUtil.hexDump(start))
                        .as("a New of id 1 for udp reverse:0, with data")
                        .isEqualTo("0000 0010 0001 01 01 02 0000 02 07 72657665727365".replace(" ", ""));
            } else if (asked.staysOpen()) {
                byte[] reply = Hex.bytes(asked.reply());
                then(ByteBufUtil.hexDump(socket.getInputStream().readNBytes(reply.length)))
                        .isEqualTo(asked.reply());
            } else {
                then(readToEnd(socket)).isEqualTo(WITHOUT_HEADER.contains(asked.name()) ? "" : asked.reply());
                then(elsewhere.connections()).isZero();
            }
        }
    }

    private static ReverseTunnel node(boolean hasFallback, int fallback) throws IOException {
        VlessServer server = Vless.server(0)
                .address("127.0.0.1")
                .user("user", USER)
                .reverseUser("bridge", BRIDGE)
                .client();
        return ReverseTunnel.node()
                .inbound("in", hasFallback ? server.fallback("127.0.0.1", fallback) : server)
                .portal("portal")
                .outbound("echo", Outbound.handler(new Shouting()))
                .outbound("refuse", Outbound.refuse())
                .route(
                        Rule.inbound("in").domain("full:v1.rvs.cool").to("portal"),
                        Rule.inbound("in").port(7).to("echo"),
                        Rule.inbound("in").to("refuse"))
                .start();
    }

    private static void send(Socket socket, byte[] request, Case asked, FallbackServer elsewhere) throws Exception {
        if (!asked.name().endsWith("bytewise")) {
            socket.getOutputStream().write(request);
            return;
        }
        socket.setTcpNoDelay(true);
        for (int i = 0; i < request.length; i++) {
            socket.getOutputStream().write(request[i]);
            if (i == 0 && asked.hasFallback()) {
                elsewhere.awaitBytes(1); // lest the kernel join it with those that follow
            }
        }
    }

    private static String readText(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), StandardCharsets.US_ASCII);
    }

    private static String readToEnd(Socket socket) throws IOException {
        StringBuilder read = new StringBuilder();
        InputStream in = socket.getInputStream();
        try {
            for (int next = in.read(); next >= 0; next = in.read()) {
                read.append(String.format("%02x", next));
            }
        } catch (SocketException e) {
            // a reset is an end, too
        }
        return read.toString();
    }

    /** What was asked, and what the peer did. */
    record Case(String name, boolean hasFallback, JsonObject result) {
        boolean staysOpen() {
            return result.get("connection").getAsString().equals("stays open");
        }

        boolean goesElsewhere() {
            return result.has("fallback_server_received");
        }

        String reply() {
            return result.get("reply").getAsString();
        }

        @Override
        public String toString() {
            return name + (hasFallback ? ", with a fallback" : "");
        }
    }

    /** Streams come back in capitals, datagrams with {@code echo:} before them, as the origins of the recordings. */
    private static final class Shouting extends ChannelInitializer<Channel> {
        @Override
        protected void initChannel(Channel channel) {
            channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext ctx, Object message) {
                    try {
                        ctx.writeAndFlush(answer(message));
                    } finally {
                        ReferenceCountUtil.release(message);
                    }
                }
            });
        }

        private static Object answer(Object message) {
            if (message instanceof Datagram datagram) {
                byte[] payload = ByteBufUtil.getBytes(datagram.content());
                return datagram.replace(Unpooled.wrappedBuffer("echo:".getBytes(StandardCharsets.US_ASCII), payload));
            }
            String text = ((ByteBuf) message).toString(StandardCharsets.US_ASCII);
            return Unpooled.copiedBuffer(text.toUpperCase(Locale.ROOT), StandardCharsets.US_ASCII);
        }
    }
}
