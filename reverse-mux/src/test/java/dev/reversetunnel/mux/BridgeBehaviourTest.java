package dev.reversetunnel.mux;

import static dev.reversetunnel.mux.MuxEnd.bytes;
import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The recorded behaviour of V2Ray and Xray bridges, replayed against ours: the same frames, or others for a reason. In
 * each case the tunnel lives or dies as theirs does.
 */
@ExtendWith(BufferLeakExtension.class)
class BridgeBehaviourTest {
    private static final Destination TCP = Destination.tcp("127.0.0.1", 80);
    private static final Destination UDP = Destination.udp("127.0.0.1", 53);
    private static final PeerBehaviour PEERS = new PeerBehaviour("bridge-behaviour.json");

    /** The acceptor, with an origin that says everything again. */
    private static MuxEnd bridge(MuxDialect dialect) {
        MuxEnd end = new MuxEnd(MuxRole.SERVER, MuxOptions.DEFAULT.dialect(dialect));
        end.onAccept = session -> session.pipeline().addLast(new Echo());
        return end;
    }

    static Stream<Arguments> as_they_do() {
        return Stream.of(
                Arguments.of("echo", List.of(open(2, "abc"))),
                Arguments.of("new-nodata-then-keep", List.of(new MuxFrame.New(2, TCP), keep(2, "abc"))),
                Arguments.of("keep-unknown-id", List.of(keep(77, "x"))),
                Arguments.of("keep-unknown-id-nodata", List.of(new MuxFrame.Keep(77, 0, null, Unpooled.EMPTY_BUFFER))),
                Arguments.of("end-unknown-id", List.of(end(77))),
                Arguments.of(
                        "keepalive",
                        List.of(
                                new MuxFrame.KeepAlive(0, 0, Unpooled.EMPTY_BUFFER),
                                new MuxFrame.KeepAlive(5, MuxFrame.DATA, bytes("12345678")))),
                Arguments.of("new-id-0", List.of(open(0, "abc"))),
                Arguments.of(
                        "keep-error-bit-with-data",
                        List.of(
                                open(2, "abc"),
                                new MuxFrame.Keep(2, MuxFrame.DATA | MuxFrame.ERROR, null, bytes("def")))),
                Arguments.of(
                        "option-unknown-bits",
                        List.of(
                                new MuxFrame.New(2, 0xf1, TCP, null, null, bytes("abc")),
                                new MuxFrame.Keep(2, 0xf1, null, bytes("def")))),
                Arguments.of(
                        "keep-data-0",
                        List.of(
                                open(2, "abc"),
                                new MuxFrame.Keep(2, MuxFrame.DATA, null, Unpooled.EMPTY_BUFFER),
                                keep(2, "def"))),
                Arguments.of("udp", List.of(new MuxFrame.New(2, UDP, bytes("one")), keep(2, "two"))),
                Arguments.of("udp-new-nodata", List.of(new MuxFrame.New(2, UDP), keep(2, "two"))),
                Arguments.of(
                        "udp-keep-addr",
                        List.of(
                                new MuxFrame.New(2, UDP, bytes("one")),
                                new MuxFrame.Keep(2, MuxFrame.DATA, UDP, bytes("two")))),
                Arguments.of(
                        "udp-globalid-zero",
                        List.of(
                                new MuxFrame.New(2, MuxFrame.DATA, UDP, null, new MuxFrame.GlobalId(0), bytes("one")),
                                keep(2, "two"))),
                Arguments.of(
                        "udp-empty-datagram",
                        List.of(
                                new MuxFrame.New(2, UDP, bytes("one")),
                                new MuxFrame.Keep(2, MuxFrame.DATA, null, Unpooled.EMPTY_BUFFER),
                                keep(2, "two"))),
                Arguments.of(
                        "udp-keep-unknown-8193",
                        List.of(new MuxFrame.Keep(99, Unpooled.wrappedBuffer(new byte[8_193])))));
    }

    @ParameterizedTest
    @MethodSource
    void as_they_do(String name, List<MuxFrame> sent) {
        MuxEnd bridge = bridge(MuxDialect.COOL);
        sent.forEach(bridge::receive);
        List<String> ours = PeerBehaviour.recorded(bridge.sent());

        then(PEERS.results(name)).anySatisfy(result -> {
            then(ours).isEqualTo(PeerBehaviour.frames(result, "frames"));
            then(PeerBehaviour.staysOpen(result)).isTrue();
        });
        thenServesNewSessions(bridge);
    }

    static Stream<Arguments> the_tunnel_ends_as_theirs_does() {
        return Stream.of(
                Arguments.of("status-5", "0004 0002 05 00", MuxDialect.COOL),
                Arguments.of("status-0", "0004 0002 00 00", MuxDialect.COOL),
                Arguments.of("meta-513", "0201 0002 02 00", MuxDialect.COOL),
                Arguments.of("meta-3", "0003 0002 02", MuxDialect.COOL),
                Arguments.of("new-network-3", "000c 0002 01 00 03 0050 01 7f000001", MuxDialect.COOL),
                Arguments.of("new-bad-domain", "000c 0002 01 00 01 0050 02 03 612062", MuxDialect.COOL),
                Arguments.of("new-empty-domain", "0009 0002 01 00 01 0050 02 00", MuxDialect.COOL),
                Arguments.of(
                        "rvs-source-network-3",
                        "0014 0002 01 00 01 0050 01 7f000001 03 0050 01 7f000001",
                        MuxDialect.VLESS_REVERSE));
    }

    @ParameterizedTest
    @MethodSource
    void the_tunnel_ends_as_theirs_does(String name, String wire, MuxDialect dialect) {
        MuxEnd bridge = bridge(dialect);
        bridge.receive(Hex.buffer(wire));

        then(PEERS.results(name)).allSatisfy(result -> {
            then(PeerBehaviour.frames(result, "frames")).isEqualTo(bridge.sent());
            then(PeerBehaviour.staysOpen(result)).isFalse();
        });
        then(bridge.wire.isOpen()).isFalse();
        then(bridge.errors).hasSize(1).allMatch(e -> e.reason().scope() == MuxException.Scope.TUNNEL);
        bridge.close();
    }

    static Stream<Arguments> otherwise_for_a_reason() {
        return Stream.of(
                // one whole frame at a time; the same bytes
                Arguments.of("new-split-bytewise", List.of(open(2, "abc")), List.of("KEEP(2,opt=1)[3:b'ABC']")),
                // our End says how theirs was; theirs always says Error. The sender ignores it
                Arguments.of(
                        "end-with-data",
                        List.of(open(2, "abc"), new MuxFrame.End(2, MuxFrame.DATA, bytes("x"))),
                        List.of("KEEP(2,opt=1)[3:b'ABC']", "END(2,opt=0)")),
                Arguments.of(
                        "keep-65535",
                        List.of(new MuxFrame.New(2, TCP), quiet(2, 65_535), end(2)),
                        List.of("END(2,opt=0)")),
                Arguments.of(
                        "new-65535",
                        List.of(new MuxFrame.New(2, TCP, Unpooled.wrappedBuffer(new byte[65_535])), end(2)),
                        List.of("END(2,opt=0)")),
                // an id is never in two sessions: both end (theirs mix the two)
                Arguments.of(
                        "new-duplicate-id",
                        List.of(open(2, "first"), open(2, "second"), keep(2, "third"), end(2)),
                        List.of("KEEP(2,opt=1)[5:b'FIRST']", "END(2,opt=2)", "END(2,opt=0)")),
                // the id of the ping
                Arguments.of("new-id-65535", List.of(open(65_535, "abc")), List.of("END(65535,opt=2)")),
                // the same frames in another order
                Arguments.of(
                        "end-then-keep-same-id",
                        List.of(open(2, "abc"), end(2), keep(2, "more")),
                        List.of("KEEP(2,opt=1)[3:b'ABC']", "END(2,opt=0)", "END(2,opt=0)")),
                Arguments.of(
                        "end-then-new-same-id",
                        List.of(open(2, "abc"), end(2), open(2, "again")),
                        List.of("KEEP(2,opt=1)[3:b'ABC']", "END(2,opt=0)", "KEEP(2,opt=1)[5:b'AGAIN']")));
    }

    @ParameterizedTest
    @MethodSource
    void otherwise_for_a_reason(String name, List<MuxFrame> sent, List<String> frames) {
        MuxEnd bridge = bridge(MuxDialect.COOL);
        sent.forEach(bridge::receive);

        List<String> ours = PeerBehaviour.recorded(bridge.sent());
        then(ours).isEqualTo(frames);
        then(PEERS.results(name)).allSatisfy(result -> {
            then(PeerBehaviour.frames(result, "frames")).isNotEqualTo(ours);
            then(PeerBehaviour.staysOpen(result)).isTrue();
        });
        thenServesNewSessions(bridge);
    }

    private static void thenServesNewSessions(MuxEnd bridge) {
        bridge.receive(open(40, "still"));
        then(bridge.sent()).containsExactly("Keep 40 'STILL'");
        bridge.close();
    }

    private static MuxFrame open(int id, String data) {
        return new MuxFrame.New(id, TCP, bytes(data));
    }

    private static MuxFrame keep(int id, String data) {
        return new MuxFrame.Keep(id, bytes(data));
    }

    private static MuxFrame quiet(int id, int length) {
        return new MuxFrame.Keep(id, Unpooled.wrappedBuffer(new byte[length]));
    }

    private static MuxFrame end(int id) {
        return new MuxFrame.End(id, false);
    }

    /** The origins of the recording: TCP in upper case, UDP behind "echo:"; zeros get no answer. */
    private static final class Echo extends ChannelInboundHandlerAdapter {
        @Override
        public void channelRead(ChannelHandlerContext ctx, Object message) {
            if (message instanceof Datagram datagram) {
                ctx.writeAndFlush(datagram.replace(
                        Unpooled.wrappedBuffer(Unpooled.wrappedBuffer(bytes("echo:")), datagram.content())));
                return;
            }
            ByteBuf in = (ByteBuf) message;
            String text = in.toString(StandardCharsets.US_ASCII);
            in.release();
            if (text.charAt(0) != 0) {
                ctx.writeAndFlush(bytes(text.toUpperCase(Locale.ROOT)));
            }
        }
    }
}
