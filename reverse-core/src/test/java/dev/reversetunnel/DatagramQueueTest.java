package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Datagrams that wait are few, and a part of somebody's memory. */
@ExtendWith(BufferLeakExtension.class)
class DatagramQueueTest {
    private final Allowance memory = new Allowance(100);
    private final DatagramQueue queue = new DatagramQueue(memory);

    private static Datagram datagram(int bytes) {
        return new Datagram(Destination.udp("192.0.2.53", 53), Unpooled.wrappedBuffer(new byte[bytes]));
    }

    @Test
    void takes_a_few_and_no_more() {
        DatagramQueue free = new DatagramQueue();
        for (int i = 0; i < DatagramQueue.MAX_DATAGRAMS; i++) {
            then(free.offer(datagram(1))).isTrue();
        }
        then(free.offer(datagram(1))).isFalse();
        then(free.clear()).isEqualTo(DatagramQueue.MAX_DATAGRAMS);

        then(free.offer(datagram(DatagramQueue.MAX_BYTES))).isTrue();
        then(free.offer(datagram(1))).isFalse();
        then(free.clear()).isEqualTo(1);
    }

    @Test
    void what_waits_is_memory_until_it_is_taken_or_thrown_away() {
        then(queue.offer(datagram(60))).isTrue();
        then(queue.offer(datagram(41))).as("beyond the memory").isFalse();
        then(queue.offer(datagram(40))).isTrue();
        then(memory.spent()).isEqualTo(100);

        Datagram oldest = queue.poll();
        then(oldest).isNotNull();
        oldest.release();
        then(memory.spent()).isEqualTo(40);
        queue.clear();
        then(memory.spent()).isZero();
    }

    @Test
    void what_waited_before_is_a_part_of_it_too() {
        DatagramQueue free = new DatagramQueue();
        free.offer(datagram(60));
        then(free.within(memory)).isZero();
        then(memory.spent()).isEqualTo(60);

        queue.offer(datagram(30));
        then(queue.within(new Allowance(20))).as("thrown away").isEqualTo(1);
        then(queue.isEmpty()).isTrue();
        then(memory.spent()).isEqualTo(60);
        free.clear();
    }
}
