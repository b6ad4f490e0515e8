package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What waits for a reader costs about as much as its bytes. */
@ExtendWith(BufferLeakExtension.class)
class InboundQueueTest {
    private static final int READ = 64 * 1024;

    private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(false);
    private final InboundQueue queue = new InboundQueue(memory);

    private long used() {
        return memory.metric().usedHeapMemory();
    }

    /** A piece of a read, as a decoder gives it. */
    private ByteBuf slice(int length) {
        ByteBuf read = memory.buffer(READ, READ).writeZero(READ);
        ByteBuf slice = read.readRetainedSlice(length);
        read.release();
        return slice;
    }

    @Test
    void one_byte_out_of_each_read_keeps_none_of_them_alive() {
        for (int i = 0; i < 10_000; i++) {
            queue.add(slice(1));
        }
        then(used()).as("bytes for 10,000 that wait").isLessThan(3 * 10_000);
        then(queue.size()).isEqualTo(1);
        queue.clear();
        then(used()).isZero();
    }

    @Test
    void small_datagrams_keep_no_read_alive_and_stay_apart() {
        Destination peer = Destination.udp("192.0.2.1", 53);
        for (int i = 0; i < 100; i++) {
            queue.add(new Datagram(peer, slice(10)));
        }
        then(used()).isLessThan(100 * 512);
        then(queue.size()).isEqualTo(100);
        queue.clear();
        then(used()).isZero();
    }

    @Test
    void a_frame_that_is_much_of_its_read_is_not_copied() {
        ByteBuf frame = slice(READ / 4);
        queue.add(frame);
        then(queue.poll()).isSameAs(frame);
        frame.release();
    }

    @Test
    void bytes_come_out_in_their_order_whatever_pieces_they_came_in() {
        Random random = new Random(7);
        ByteBuf expected = memory.buffer();
        ByteBuf got = memory.buffer();
        for (int i = 0; i < 2_000; i++) {
            ByteBuf piece = slice(1 + random.nextInt(random.nextInt(10) == 0 ? READ / 2 : 200));
            for (int at = 0; at < piece.readableBytes(); at++) {
                piece.setByte(at, random.nextInt());
            }
            expected.writeBytes(piece, 0, piece.readableBytes());
            queue.add(piece);
            if (random.nextInt(4) == 0) {
                take(got);
            }
        }
        while (!queue.isEmpty()) {
            take(got);
        }
        then(ByteBufUtil.equals(got, expected)).isTrue();
        expected.release();
        got.release();
    }

    private void take(ByteBuf got) {
        if (queue.poll() instanceof ByteBuf bytes) {
            got.writeBytes(bytes);
            bytes.release();
        }
    }
}
