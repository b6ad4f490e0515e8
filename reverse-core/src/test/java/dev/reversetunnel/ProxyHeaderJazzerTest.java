package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The PROXY protocol's header, whole or in pieces: the same visitor arrives with all that follows, or is refused, once.
 */
class ProxyHeaderJazzerTest {
    private static final String SIGNATURE = "0d0a0d0a000d0a515549540a";

    /** Of version 1, with its end. */
    private static final int LONGEST_LINE = 107;

    static Stream<byte[]> headers() {
        Stream<byte[]> lines = Stream.of(
                        "PROXY TCP4 192.0.2.7 198.51.100.1 40000 443\r\nhello",
                        "PROXY TCP6 2001:db8::7 2001:db8::1 40000 443\r\n",
                        "PROXY UNKNOWN\r\nhello",
                        "PROXY UNKNOWN ffff::1 ffff::2 40000 443\r\n",
                        "PROXY UNKNOWN \n" + " ".repeat(92) + "\r\nhello",
                        "GET / HTTP/1.1\r\n\r\n")
                .map(line -> ("\7" + line).getBytes(StandardCharsets.US_ASCII));
        Stream<byte[]> binary = Stream.of(
                        "2111000c c0000207 c6336401 9c40 01bb 6869",
                        "2121002420010db800000000000000000000000720010db8000000000000000000000001 9c40 01bb",
                        "2111001b c0000207 c6336401 9c40 01bb ee 0005 6869686968 03 0004 deadbeef",
                        "2111001d c0000207 c6336401 9c40 01bb 20 000e 01 00000000 21 0006 544c53312e33",
                        "20000000",
                        "2112000c c0000207 c6336401 9c40 01bb",
                        "213100d8" + "2f72756e2f776562".repeat(27))
                .map(header -> Hex.bytes("07" + SIGNATURE + header));
        return Stream.concat(lines, binary);
    }

    @MethodSource("headers")
    @FuzzTest
    void headers(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            int piece = 1 + choices.nextInt(32);
            byte[] wire = choices.rest();
            List<String> pieces = new Connection(buffers).hear(wire, piece);
            List<String> whole = new Connection(buffers).hear(wire, Math.max(1, wire.length));
            if (!isTooLong(wire)) {
                then(pieces).isEqualTo(whole);
            }
        });
    }

    /** Of a line that comes in one piece, Netty's decoder takes a byte more than the specification allows. */
    private static boolean isTooLong(byte[] wire) {
        for (int at = 1; at < wire.length; at++) {
            if (wire[at - 1] == '\r' && wire[at] == '\n' && wire[0] == 'P') {
                return at >= LONGEST_LINE;
            }
        }
        return wire.length >= LONGEST_LINE && wire[0] == 'P';
    }

    /** What became of one connection: who arrived and what he said, or that he was refused. */
    private static final class Connection implements ProxyHeaderReader.Visitors {
        private final List<String> heard = new ArrayList<>();
        private final EmbeddedChannel channel = new EmbeddedChannel();
        private final BoundedAllocator buffers;

        Connection(BoundedAllocator buffers) {
            this.buffers = buffers;
            channel.freezeTime();
            channel.config().setAutoRead(false);
            channel.config().setAllocator(buffers);
            ProxyHeaderReader.install(channel, this);
            channel.pipeline().fireChannelActive();
        }

        @Override
        public void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
            heard.add(source + " to " + local);
            visitor.config().setAutoRead(true);
        }

        @Override
        public void refused(Channel proxy, String reason) {
            heard.add("refused");
            proxy.close();
        }

        List<String> hear(byte[] wire, int piece) {
            for (int at = 0; at < wire.length && channel.isOpen(); at += piece) {
                channel.writeInbound(buffers.input(wire, at, Math.min(piece, wire.length - at)));
                channel.runPendingTasks();
            }
            channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
            channel.runPendingTasks();
            then(heard).hasSize(1);
            StringBuilder said = new StringBuilder();
            for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
                said.append(ByteBufUtil.hexDump(next));
                next.release();
            }
            heard.add(said.toString());
            channel.finishAndReleaseAll();
            return heard;
        }
    }
}
