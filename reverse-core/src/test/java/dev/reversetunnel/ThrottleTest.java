package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A connection of 100,000 bytes a second; time is moved by the test. */
@ExtendWith(BufferLeakExtension.class)
class ThrottleTest {
    private static final int RATE = 100_000;
    private static final int BURST = 16 * 1024;
    private static final Destination PEER = Destination.udp("192.0.2.1", 53);

    private long now;
    private int throttled;
    private int dropped;
    private int reads;
    private final List<String> got = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final TokenBucket from = new TokenBucket(RATE, () -> now);
    private final TokenBucket to = new TokenBucket(RATE, () -> now);

    ThrottleTest() {
        channel.freezeTime();
        channel.pipeline().addLast(new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads++;
            }
        });
        channel.pipeline().addLast(new Throttle(from, to, () -> throttled++, () -> dropped++));
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                if (message instanceof ByteBuf bytes) {
                    got.add(String.valueOf(bytes.readableBytes()));
                    bytes.release();
                } else {
                    got.add("datagram");
                    ((Datagram) message).release();
                }
            }

            @Override
            public void channelReadComplete(ChannelHandlerContext ctx) {
                got.add("complete");
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                got.add(event == ChannelInputShutdownEvent.INSTANCE ? "end" : "event");
            }

            @Override
            public void channelInactive(ChannelHandlerContext ctx) {
                got.add("gone");
            }
        });
    }

    @AfterEach
    void end() {
        channel.close();
        channel.runPendingTasks();
        channel.releaseOutbound();
    }

    private static ByteBuf bytes(int size) {
        return Unpooled.buffer(size).writeZero(size);
    }

    private static Datagram datagram(int size) {
        return new Datagram(PEER, bytes(size));
    }

    private void pass(int millis) {
        for (int i = 0; i < millis; i++) {
            now += TimeUnit.MILLISECONDS.toNanos(1);
            channel.advanceTimeBy(1, TimeUnit.MILLISECONDS);
            channel.runScheduledPendingTasks();
            channel.runPendingTasks();
        }
    }

    private int taken() {
        int sum = got.stream()
                .filter(what -> what.chars().allMatch(Character::isDigit))
                .mapToInt(Integer::parseInt)
                .sum();
        got.clear();
        return sum;
    }

    @Test
    void what_is_slow_enough_passes_as_if_it_were_not_there() {
        channel.writeInbound(bytes(1_000));
        channel.pipeline().fireUserEventTriggered("x");
        then(got).containsExactly("1000", "complete", "event");
        then(throttled).isZero();
    }

    @Test
    void what_is_too_fast_arrives_at_the_rate_and_nothing_more_is_read_meanwhile() {
        channel.writeInbound(bytes(BURST), bytes(150_000));
        then(taken()).isEqualTo(BURST);
        reads = 0;
        channel.read();
        then(reads).isZero();
        pass(1_000);
        then(taken()).isBetween(RATE - BURST, RATE);
        pass(1_000);
        then(taken()).isBetween(150_000 - RATE, 150_000 - RATE + BURST);
        then(reads).isPositive();
        then(throttled).isEqualTo(1);
    }

    @Test
    void a_reader_who_stops_gets_nothing_more() {
        channel.writeInbound(bytes(200_000));
        channel.config().setAutoRead(false);
        pass(1_000); // one read may have been under way
        then(taken()).isLessThanOrEqualTo(2 * BURST);
        pass(5_000);
        then(taken()).isZero();
        channel.config().setAutoRead(true);
        pass(5_000);
        then(taken()).isPositive();
    }

    @Test
    void a_reader_who_asks_each_time_gets_his_answer_each_time() {
        channel.config().setAutoRead(false);
        channel.read();
        channel.writeInbound(bytes(BURST), bytes(BURST));
        then(got).containsExactly(String.valueOf(BURST), "complete");
        got.clear();
        pass(1_000);
        then(got).isEmpty();
        channel.read();
        pass(1_000);
        then(taken()).isPositive();
    }

    @Test
    void an_end_waits_for_what_came_before_it() {
        channel.writeInbound(bytes(BURST + 10_000));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(got).doesNotContain("end");
        pass(2_000);
        then(got).endsWith("complete", "end");
        then(taken()).isEqualTo(BURST + 10_000);
    }

    @Test
    void a_channel_that_is_gone_gives_what_it_had_first() {
        channel.writeInbound(bytes(BURST + 100_000));
        channel.close();
        then(got).endsWith("complete", "gone");
        then(taken()).isEqualTo(BURST + 100_000);
    }

    @Test
    void datagrams_that_come_too_fast_are_dropped() {
        for (int i = 0; i < 100; i++) {
            channel.writeInbound(datagram(1_000));
        }
        then(got.stream().filter("datagram"::equals)).hasSizeBetween(16, 17);
        then(dropped).isBetween(83, 84);
        pass(100);
        got.clear();
        channel.writeInbound(datagram(1_000));
        then(got).startsWith("datagram");
    }

    @Test
    void what_goes_out_makes_the_channel_unwritable_until_it_is_paid_for() {
        then(channel.writeOutbound(bytes(BURST))).isTrue();
        then(channel.isWritable()).isTrue();
        channel.writeOutbound(bytes(50_000)); // written at once, on credit: nothing is queued
        then(channel.outboundMessages()).hasSize(2);
        then(channel.isWritable()).isFalse();
        then(throttled).isEqualTo(1);
        pass(490);
        then(channel.isWritable()).isFalse();
        pass(20);
        then(channel.isWritable()).isTrue();
    }

    @Test
    void datagrams_that_go_too_fast_are_dropped_and_slow_nobody_down() {
        for (int i = 0; i < 100; i++) {
            channel.writeOutbound(datagram(1_000));
        }
        then(channel.outboundMessages()).hasSizeBetween(16, 17);
        then(channel.isWritable()).isTrue();
        then(dropped).isBetween(83, 84);
    }

    @Test
    void two_connections_share_what_there_is() {
        EmbeddedChannel other = new EmbeddedChannel(new Throttle(from, to, () -> throttled++, () -> dropped++));
        channel.writeOutbound(bytes(BURST));
        other.writeOutbound(bytes(50_000));
        then(other.isWritable()).isFalse();
        channel.writeOutbound(bytes(1));
        then(channel.isWritable()).isFalse();
        other.close();
        other.releaseOutbound();
    }

    @Test
    void an_empty_buffer_is_free() {
        channel.writeOutbound(bytes(BURST + 100_000));
        then(channel.writeOneOutbound(Unpooled.EMPTY_BUFFER).isDone()).isFalse();
        channel.flushOutbound();
        then(channel.outboundMessages()).hasSize(2);
    }
}
