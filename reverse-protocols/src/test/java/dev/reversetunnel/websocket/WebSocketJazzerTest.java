package dev.reversetunnel.websocket;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.layer.LayerDoor;
import dev.reversetunnel.layer.Outcome;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;
import org.slf4j.LoggerFactory;

/**
 * Both ends of a WebSocket, before hands are shaken and behind that: whole or in pieces the same bytes come out, and
 * then the end, or one declared exception.
 */
class WebSocketJazzerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private static final String GRANTED = String.join(
            "\r\n",
            "HTTP/1.1 101 Switching Protocols",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Accept: ");

    static Stream<byte[]> frames() {
        String masked = "82 85 37fa213d 7f9f4d5158";
        Stream<String> frames = Stream.of(
                masked + masked,
                "02 83 00000000 616263" + "80 82 00000000 6465",
                "89 82 00000000 6869" + masked,
                "8a 8a 00000000 68616c662d636c6f7365" + "88 82 00000000 03e8",
                "88 82 00000000 03ea",
                "82 fe 0080 00000000" + "61".repeat(128),
                "82 05 68656c6c6f" + "88 02 03e8",
                "8a 0a 68616c662d636c6f7365" + "82 05 68656c6c6f");
        Stream<byte[]> behind = frames.flatMap(hex -> Stream.of("01 07" + hex, "03 07 00" + hex))
                .map(hex -> HexFormat.of().parseHex(hex.replace(" ", "")));
        Stream<byte[]> hands = Stream.of(
                        Talker.upgrade("/ray"),
                        "POST /form HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nabcdeGET / HTTP/1.1\r\n\r\n",
                        "GET /ray HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
                        "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno",
                        GRANTED + "x\r\n\r\n")
                .flatMap(text -> Stream.of("\0\7" + text, "\2\7" + text))
                .map(text -> text.getBytes(StandardCharsets.ISO_8859_1));
        return Stream.concat(behind, hands);
    }

    @MethodSource("frames")
    @FuzzTest
    void frames(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            int what = choices.nextInt(4);
            int piece = 1 + choices.nextInt(64);
            byte[] wire = choices.rest();
            then(read(what, wire, piece, buffers)).isEqualTo(read(what, wire, Math.max(1, wire.length), buffers));
        });
    }

    private static List<String> read(int what, byte[] wire, int piece, BoundedAllocator buffers) {
        boolean shaken = (what & 1) != 0;
        End end = new End(buffers);
        byte[] all = wire;
        if ((what & 2) == 0) {
            end.serve();
            all = shaken ? joined(Talker.upgrade("/ray"), wire) : wire;
        } else {
            String asked = end.ask();
            all = shaken ? joined(granted(asked), wire) : wire;
        }
        return end.hear(all, shaken ? all.length - wire.length : 0, piece);
    }

    private static byte[] joined(String head, byte[] rest) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        all.writeBytes(rest);
        return all.toByteArray();
    }

    private static String granted(String asked) {
        String key = asked.lines()
                .filter(line -> line.toLowerCase(Locale.ROOT).startsWith("sec-websocket-key: "))
                .map(line -> line.substring(19))
                .findFirst()
                .orElseThrow();
        try {
            byte[] hash = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return GRANTED + Base64.getEncoder().encodeToString(hash) + "\r\n\r\n";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** One end of a connection, and who is served there. */
    private static final class End implements InboundContext, Outcome {
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final Receiver receiver = new Receiver();
        private final List<String> seen = new ArrayList<>();
        private final BoundedAllocator buffers;

        End(BoundedAllocator buffers) {
            this.buffers = buffers;
            channel.freezeTime();
            channel.config().setAutoRead(false);
            channel.config().setAllocator(buffers);
        }

        void serve() {
            ServerGate.install(
                    channel,
                    new ServerGate.Rules(
                            WebSocketPath.of("/ray"), Hosts.ANY, ForwardedFor.NOBODY, Framing.DEFAULT, clock()),
                    new Protocol(),
                    () -> PATIENCE,
                    new LayerDoor(this, new Strangers(10, 10), LoggerFactory.getLogger(End.class)));
        }

        String ask() {
            ClientGate.install(
                    channel,
                    new ClientGate.Asking(WebSocketPath.of("/ray"), "localhost", Map.of(), Framing.DEFAULT),
                    new Protocol(),
                    () -> PATIENCE,
                    this);
            channel.runPendingTasks();
            StringBuilder asked = new StringBuilder();
            for (ByteBuf next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
                asked.append(next.toString(StandardCharsets.ISO_8859_1));
                next.release();
            }
            return asked.toString();
        }

        /** The hands are shaken in one piece, for neither end may speak before. */
        List<String> hear(byte[] wire, int first, int piece) {
            int length = first == 0 ? piece : first;
            for (int at = 0; at < wire.length && channel.isOpen(); at += length, length = piece) {
                length = Math.min(length, wire.length - at);
                channel.pipeline().fireChannelRead(buffers.input(wire, at, length));
                channel.pipeline().fireChannelReadComplete();
                channel.runPendingTasks();
            }
            channel.finishAndReleaseAll();
            if (receiver.failure() != null) {
                then(receiver.failure()).isInstanceOf(IOException.class);
                seen.add("failed");
            }
            seen.add(receiver.cleanEnds() + " ends");
            seen.add(ByteBufUtil.hexDump(receiver.bytes()));
            return seen;
        }

        @Override
        public void failed(Channel failed, Throwable cause) {
            then(cause).isInstanceOf(IOException.class);
            seen.add("refused");
        }

        @Override
        public void began(Channel begun) {}

        @Override
        public void succeeded(Channel succeeded) {}

        @Override
        public void over(Channel over) {}

        @Override
        public void handle(Request request, Channel handled) {}

        @Override
        public String tag() {
            return "web-in";
        }

        @Override
        public EventLoopGroup loops() {
            throw new UnsupportedOperationException();
        }

        @Override
        public void accepted(Channel accepted) {}

        @Override
        public Clock clock() {
            return Clock.fixed(Instant.EPOCH, ZoneOffset.UTC);
        }

        /** Reads from the beginning. */
        private final class Protocol extends ChannelInboundHandlerAdapter {
            @Override
            public void channelActive(ChannelHandlerContext ctx) {
                ctx.pipeline().addLast(receiver);
                ctx.pipeline().remove(this);
                channel.config().setAutoRead(true);
            }
        }
    }
}
