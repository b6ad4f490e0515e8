package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** One visitor's datagrams as a channel. */
@ExtendWith(BufferLeakExtension.class)
class AssociationChannelTest {
    private static final Destination DNS = Destination.udp("192.0.2.53", 53);
    private static final InetSocketAddress HERE = new InetSocketAddress("192.0.2.1", 53);
    private static final InetSocketAddress VISITOR = new InetSocketAddress("198.51.100.7", 40_000);

    private final EmbeddedChannel socket = new EmbeddedChannel();
    private final AssociationChannel association = AssociationChannel.open(socket, HERE, VISITOR, socket::write);
    private final List<String> heard = new ArrayList<>();

    @AfterEach
    void close() {
        association.close();
        socket.finishAndReleaseAll();
    }

    private static Datagram datagram(String text) {
        return new Datagram(DNS, Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
    }

    private void listen() {
        association.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                Datagram datagram = (Datagram) message;
                heard.add(datagram.content().toString(StandardCharsets.US_ASCII));
                datagram.release();
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                heard.add("complete");
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                heard.add("inactive");
            }
        });
    }

    private void read() {
        association.config().setAutoRead(true);
        socket.runPendingTasks();
    }

    @Test
    void is_a_channel_of_the_sockets_loop_that_does_not_read_yet() {
        then(association.parent()).isSameAs(socket);
        then(association.eventLoop()).isSameAs(socket.eventLoop());
        then(association.localAddress()).isEqualTo(HERE);
        then(association.remoteAddress()).isEqualTo(VISITOR);
        then(association.isActive()).isTrue();
        then(association.config().isAutoRead()).isFalse();
    }

    @Test
    void hands_a_burst_to_its_reader_and_completes_it_once() {
        listen();
        read();
        association.deliver(datagram("one"));
        association.deliver(datagram("two"));
        socket.runPendingTasks();
        association.deliver(datagram("three"));
        socket.runPendingTasks();
        then(heard).containsExactly("one", "two", "complete", "three", "complete");
    }

    @Test
    void keeps_sixteen_datagrams_until_somebody_reads() {
        listen();
        LongAdder all = new LongAdder();
        for (int i = 1; i <= 20; i++) {
            association.deliver(datagram("d" + i));
        }
        association.countDropped(all);
        association.deliver(datagram("late"));
        then(heard).isEmpty();
        then(association.droppedDatagrams()).isEqualTo(5);
        then(all.sum()).isEqualTo(5);
        read();
        then(heard).hasSize(17).startsWith("d1", "d2").endsWith("d16", "complete");
    }

    @Test
    void keeps_64_kilobytes_until_somebody_reads() {
        association.deliver(new Datagram(DNS, Unpooled.wrappedBuffer(new byte[65_000])));
        association.deliver(new Datagram(DNS, Unpooled.wrappedBuffer(new byte[537])));
        then(association.droppedDatagrams()).isEqualTo(1);
        association.deliver(new Datagram(DNS, Unpooled.wrappedBuffer(new byte[536])));
        then(association.droppedDatagrams()).isEqualTo(1);
    }

    @Test
    void gives_what_is_written_to_the_socket_and_flushes_it_once() {
        association.write(datagram("one"));
        association.write(datagram("two"));
        then(socket.outboundMessages()).isEmpty();
        association.flush();
        then(socket.outboundMessages()).hasSize(2);
    }

    @Test
    void drops_what_is_written_while_the_socket_is_not_writable() {
        socket.config().setWriteBufferWaterMark(new WriteBufferWaterMark(1, 2));
        socket.unsafe().outboundBuffer().setUserDefinedWritability(1, false);
        ChannelFuture written = association.writeAndFlush(datagram("late"));
        then(written.isSuccess()).isTrue();
        then(association.droppedDatagrams()).isEqualTo(1);
        socket.unsafe().outboundBuffer().setUserDefinedWritability(1, true);
        association.writeAndFlush(datagram("in time"));
        then(socket.outboundMessages()).hasSize(1);
    }

    @Test
    void takes_datagrams_and_nothing_else() {
        then(association.writeAndFlush(Unpooled.copiedBuffer(new byte[1])).cause())
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessageContaining("expected: Datagram");
        then(association.writeAndFlush(Unpooled.EMPTY_BUFFER).isSuccess()).isTrue();
    }

    @Test
    void is_closed_without_the_socket_and_releases_what_waits() {
        listen();
        association.deliver(datagram("waits"));
        association.close();
        association.deliver(datagram("late"));
        socket.runPendingTasks();
        then(heard).containsExactly("inactive");
        then(association.isOpen()).isFalse();
        then(socket.isOpen()).isTrue();
    }

    // ---- many of them ----

    private AssociationChannel another() {
        return AssociationChannel.open(socket, HERE, VISITOR, socket::write);
    }

    @Test
    void the_one_that_was_idle_for_longest_goes_first() {
        Associations<Integer> table = new Associations<>(3);
        AssociationChannel first = another();
        AssociationChannel second = another();
        AssociationChannel third = another();
        table.put(1, first);
        table.put(2, second);
        table.put(3, third);
        then(table.get(1)).isSameAs(first);
        second.writeAndFlush(datagram("an answer"));
        // WHEN
        table.put(4, another());
        // THEN
        then(third.isOpen()).isFalse();
        then(first.isOpen() && second.isOpen()).isTrue();
        then(table.size()).isEqualTo(3);
        then(table.get(3)).isNull();
        table.close();
        then(table.size()).isZero();
        then(first.isOpen() || second.isOpen()).isFalse();
    }

    @Test
    void the_1025th_ends_the_oldest() {
        Associations<Integer> table = new Associations<>();
        AssociationChannel oldest = another();
        table.put(0, oldest);
        for (int i = 1; i < 1_024; i++) {
            table.put(i, another());
        }
        then(oldest.isOpen()).isTrue();
        table.put(1_024, another());
        then(oldest.isOpen()).isFalse();
        then(table.size()).isEqualTo(1_024);
        table.close();
    }

    @Test
    void a_closed_one_is_forgotten_unless_its_key_has_another_by_now() {
        Associations<Integer> table = new Associations<>(2);
        AssociationChannel before = another();
        table.put(1, before);
        AssociationChannel now = another();
        table.put(1, now);
        then(before.isOpen()).isFalse();
        then(table.get(1)).isSameAs(now);
        now.close();
        then(table.size()).isZero();
    }

    @Test
    void a_table_holds_one_at_least() {
        thenThrownBy(() -> new Associations<>(0)).hasMessage("associations: 0 (expected: at least 1)");
    }
}
