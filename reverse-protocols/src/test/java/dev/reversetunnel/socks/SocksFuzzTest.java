package dev.reversetunnel.socks;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Grant;
import dev.reversetunnel.door.DoorRig;
import dev.reversetunnel.door.NamedUsers;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Openings and datagrams, changed at random: each is accepted or refused, by a reason that has a name. */
class SocksFuzzTest {
    private static final int INPUTS = Integer.getInteger("fuzz.inputs", 20_000);
    private static final NamedUsers USERS = NamedUsers.NONE.with("ann", "secret");
    private static final byte[] OPENING = Hex.bytes(
            "05 02 00 02 | 01 03 616e6e 06 736563726574 | 05 01 00 03 08" + " 7765622e686f6d65 0050 | 6261636b");
    private static final byte[] DATAGRAM = Hex.bytes("0000 00 03 08 7765622e686f6d65 0050 | 6261636b");

    private final Random random = new Random(20_260_703);

    private byte[] mutated(byte[] valid) {
        byte[] bytes = Arrays.copyOf(valid, random.nextInt(8) == 0 ? random.nextInt(valid.length + 8) : valid.length);
        for (int change = random.nextInt(4); change > 0 && bytes.length > 0; change--) {
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
        }
        return bytes;
    }

    @Test
    void every_opening_is_accepted_or_refused() {
        DoorRig rig = new DoorRig();
        for (int input = 0; input < INPUTS; input++) {
            byte[] bytes = mutated(OPENING);
            EmbeddedChannel channel = rig.connection(
                    in -> SocksDialogue.begin(in.pipeline(), rig.door(), USERS, user -> Grant.CONNECT, null));
            int cut = random.nextInt(bytes.length + 1);
            DoorRig.feed(channel, Arrays.copyOf(bytes, cut));
            DoorRig.feed(channel, Arrays.copyOfRange(bytes, cut, bytes.length));
            channel.finishAndReleaseAll();
            rig.requests.clear();
        }
        long refused = rig.counters().refused().values().stream()
                .mapToLong(Long::longValue)
                .sum();
        then(rig.counters().accepted()).isPositive();
        then(rig.counters().accepted() + refused).isEqualTo(INPUTS);
    }

    @Test
    void every_datagram_is_read_or_dropped() {
        int read = 0;
        for (int input = 0; input < INPUTS; input++) {
            Datagram datagram = SocksDatagrams.decode(Unpooled.wrappedBuffer(mutated(DATAGRAM)));
            if (datagram != null) {
                read++;
                Destination peer = datagram.peer();
                String payload = Hex.of(datagram.content());
                ByteBuf again = SocksDatagrams.encode(UnpooledByteBufAllocator.DEFAULT, datagram);
                Datagram back = SocksDatagrams.decode(again);
                then(back).isNotNull();
                then(back.peer()).isEqualTo(peer);
                then(Hex.of(back.content())).isEqualTo(payload);
                back.release();
            }
        }
        then(read).isBetween(INPUTS / 10, INPUTS);
    }
}
