package dev.reversetunnel.socks;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.Grant;
import dev.reversetunnel.door.DoorRig;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A SOCKS5 client's openings and datagrams: whole or in pieces the same is asked for; a datagram that was read can be
 * written, and is read again as the same.
 */
class SocksJazzerTest {
    private static final NamedUsers USERS = NamedUsers.NONE.with("ann", "secret");

    static Stream<byte[]> vectors() {
        return Stream.of(
                        "00 03 05 02 00 02 | 01 03 616e6e 06 736563726574 | 05 01 00 03 08 7765622e686f6d65 0050 | 6261636b",
                        "01 03 05 01 00 | 05 01 00 01 c0000207 0050 | 6261636b",
                        "01 03 05 01 00 | 05 03 00 04 20010db8000000000000000000000001 0050",
                        "02 00 0000 00 03 08 7765622e686f6d65 0050 | 6261636b",
                        "02 00 0000 00 01 c0000207 0050 | 6261636b")
                .map(Hex::bytes);
    }

    @MethodSource("vectors")
    @FuzzTest
    void calls(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            int what = choices.nextInt(3);
            int piece = 1 + choices.nextInt(16);
            byte[] wire = choices.rest();
            if (what == 2) {
                datagram(wire, buffers);
            } else {
                NamedUsers users = what == 0 ? USERS : NamedUsers.NONE;
                List<String> whole = called(users, wire, Math.max(1, wire.length), buffers);
                then(called(users, wire, piece, buffers)).isEqualTo(whole);
            }
        });
    }

    private static List<String> called(NamedUsers users, byte[] wire, int piece, BoundedAllocator buffers) {
        DoorRig rig = new DoorRig();
        EmbeddedChannel channel = rig.connection(
                in -> SocksDialogue.begin(in.pipeline(), rig.door(), users, user -> Grant.CONNECT, null));
        channel.config().setAllocator(buffers);
        for (int at = 0; at < wire.length; at += piece) {
            channel.pipeline().fireChannelRead(buffers.input(wire, at, Math.min(piece, wire.length - at)));
            channel.pipeline().fireChannelReadComplete();
            channel.runPendingTasks();
        }
        String sent = Hex.of(Unpooled.wrappedBuffer(DoorRig.sent(channel)));
        channel.finishAndReleaseAll();
        return List.of(rig.requests.toString(), rig.taken(), sent);
    }

    private static void datagram(byte[] wire, BoundedAllocator buffers) {
        Datagram datagram = SocksDatagrams.decode(buffers.input(wire));
        if (datagram != null) {
            Destination peer = datagram.peer();
            String payload = Hex.of(datagram.content());
            ByteBuf written = SocksDatagrams.encode(buffers, datagram);
            Datagram again = SocksDatagrams.decode(written);
            then(again).isNotNull();
            then(again.peer()).isEqualTo(peer);
            then(Hex.of(again.content())).isEqualTo(payload);
            again.release();
        }
    }
}
