package dev.reversetunnel.lab;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Each fault does what it says, in time that stands still until the test moves it. */
class FaultHandlerTest {
    private final Faults read = new Faults(7);
    private final Faults written = new Faults(8);
    private final List<EmbeddedChannel> channels = new ArrayList<>();
    private final EmbeddedChannel channel = channel();

    private EmbeddedChannel channel() {
        EmbeddedChannel made = new EmbeddedChannel(new FaultHandler(read, written));
        made.freezeTime();
        channels.add(made);
        return made;
    }

    @AfterEach
    void close() {
        for (EmbeddedChannel each : channels) {
            each.finishAndReleaseAll();
        }
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }

    private static List<String> inbound(EmbeddedChannel from) {
        List<String> pieces = new ArrayList<>();
        for (Object next = from.readInbound(); next != null; next = from.readInbound()) {
            pieces.add(text(next));
        }
        return pieces;
    }

    private static List<String> outbound(EmbeddedChannel from) {
        List<String> pieces = new ArrayList<>();
        for (Object next = from.readOutbound(); next != null; next = from.readOutbound()) {
            pieces.add(text(next));
        }
        return pieces;
    }

    private static String text(Object message) {
        ByteBuf bytes = (ByteBuf) message;
        String text = bytes.toString(StandardCharsets.US_ASCII);
        bytes.release();
        return text;
    }

    private void pass(int millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        channel.runPendingTasks();
    }

    @Test
    void without_a_fault_everything_passes_as_it_came() {
        channel.writeInbound(bytes("one"), bytes("two"));
        channel.writeOutbound(bytes("three"));
        then(inbound(channel)).containsExactly("one", "two");
        then(outbound(channel)).containsExactly("three");
        then(read.counts()).isEqualTo(new FaultCounts(6, 0, 2, 0, 0, 0));
        then(written.counts().passedBytes()).isEqualTo(5);
    }

    @Test
    void splits_into_single_bytes() {
        read.singleBytes();
        written.singleBytes();
        channel.writeInbound(bytes("abc"));
        channel.writeOutbound(bytes("xyz"));
        then(inbound(channel)).containsExactly("a", "b", "c");
        then(outbound(channel)).containsExactly("x", "y", "z");
        then(read.counts().pieces()).isEqualTo(3);
    }

    @Test
    void splits_into_pieces_of_random_size_which_the_seed_decides() {
        String text = "0123456789".repeat(50);
        read.split(2, 9);
        channel.writeInbound(bytes(text));
        List<String> pieces = inbound(channel);

        then(String.join("", pieces)).isEqualTo(text);
        then(pieces.subList(0, pieces.size() - 1))
                .allMatch(piece -> piece.length() >= 2 && piece.length() <= 9)
                .map(String::length)
                .as("not always the same")
                .containsAll(List.of(2, 3, 4, 5, 6, 7, 8, 9));
        then(pieces).isEqualTo(split(text, 7)).isNotEqualTo(split(text, 9));
    }

    private List<String> split(String text, long seed) {
        EmbeddedChannel other = new EmbeddedChannel(new FaultHandler(new Faults(seed).split(2, 9), new Faults()));
        channels.add(other);
        other.writeInbound(bytes(text));
        return inbound(other);
    }

    @Test
    void delays_each_message_by_the_same_time() {
        read.delay(Duration.ofMillis(40));
        channel.writeInbound(bytes("first"));
        pass(10);
        channel.writeInbound(bytes("second"));
        pass(29);
        then(inbound(channel)).isEmpty();
        pass(1);
        then(inbound(channel)).containsExactly("first");
        pass(9);
        then(inbound(channel)).isEmpty();
        pass(1);
        then(inbound(channel)).containsExactly("second");
    }

    @Test
    void delays_what_is_written_and_tells_the_writer_when_it_is_out() {
        written.delay(Duration.ofMillis(40));
        ChannelFuture write = channel.writeAndFlush(bytes("late"));
        pass(39);
        then(write.isDone()).isFalse();
        then(outbound(channel)).isEmpty();
        pass(1);
        then(write.isSuccess()).isTrue();
        then(outbound(channel)).containsExactly("late");
    }

    @Test
    void jitter_delays_at_random_and_keeps_the_order() {
        read.jitter(Duration.ofMillis(100));
        for (int i = 0; i < 20; i++) {
            channel.writeInbound(bytes(Integer.toString(i)));
        }
        List<String> arrived = new ArrayList<>();
        int moments = 0;
        for (int i = 0; i <= 100; i++) {
            List<String> now = inbound(channel);
            moments += now.isEmpty() ? 0 : 1;
            arrived.addAll(now);
            pass(1);
        }
        then(arrived).hasSize(20).isSortedAccordingTo((a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
        then(moments).as("moments at which something arrived").isBetween(2, 20);
    }

    @Test
    void throttles() {
        read.throttle(1_000);
        channel.writeInbound(bytes("x".repeat(3_000)));
        for (int i = 0; i < 50; i++) {
            pass(20);
        }
        then(String.join("", inbound(channel))).hasSize(1_020);
        read.clear();
        pass(20);
        then(String.join("", inbound(channel))).hasSize(1_980);
    }

    @Test
    void stalls_from_time_to_time() {
        read.split(10, 10).stall(100, Duration.ofSeconds(5));
        channel.writeInbound(bytes("x".repeat(2_000)));
        int before = String.join("", inbound(channel)).length();
        then(before).as("bytes before the first stall").isLessThan(2_000);
        then(read.counts().stalls()).isEqualTo(1);
        pass(4_999);
        then(inbound(channel)).isEmpty();
        pass(1);
        then(inbound(channel)).isNotEmpty();
        for (int i = 0; i < 60; i++) {
            pass(5_000);
        }
        inbound(channel);
        then(read.counts().passedBytes()).isEqualTo(2_000);
        then(read.counts().stalls()).isBetween(8L, 40L);
    }

    @Test
    void stops_and_goes_on() {
        read.stop();
        channel.writeInbound(bytes("held"));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        pass(3_600_000);
        then(inbound(channel)).isEmpty();
        read.go();
        channel.runPendingTasks();
        then(inbound(channel)).containsExactly("held");
    }

    @Test
    void a_black_hole_swallows_and_tells_nobody() {
        EmbeddedChannel idle = channel();
        read.blackHole();
        written.blackHole();
        channel.writeInbound(bytes("lost"));
        ChannelFuture write = channel.writeAndFlush(bytes("too"));
        then(inbound(channel)).isEmpty();
        then(outbound(channel)).isEmpty();
        then(write.isSuccess()).isTrue();
        then(read.counts().swallowedBytes()).isEqualTo(4);
        then(channel.isOpen()).isTrue();

        read.clear();
        written.clear();
        channel.writeInbound(bytes("behind a gap"));
        then(inbound(channel)).as("what is lost does not come back").isEmpty();
        idle.writeInbound(bytes("alive"));
        then(inbound(idle)).containsExactly("alive");
    }

    @Test
    void resets_after_so_many_bytes_of_each() {
        read.resetAfter(5);
        channel.writeInbound(bytes("abc"));
        channel.writeInbound(bytes("defgh"));
        then(inbound(channel)).containsExactly("abc", "de");
        then(channel.isOpen()).isFalse();
        EmbeddedChannel next = channel();
        next.writeInbound(bytes("abcdefgh"));
        then(inbound(next)).containsExactly("abcde");
        then(read.counts().resets()).isEqualTo(2);
    }

    @Test
    void resets_after_a_random_number_of_bytes() {
        read.resetAfter(10, 20);
        List<Integer> lengths = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            EmbeddedChannel next = channel();
            next.writeInbound(bytes("x".repeat(30)));
            lengths.add(String.join("", inbound(next)).length());
        }
        then(lengths).allMatch(length -> length >= 10 && length <= 20);
        then(lengths.stream().distinct().count()).isGreaterThan(3);
    }

    @Test
    void cuts_one_of_all() {
        written.cutOnceAfter(5);
        EmbeddedChannel other = channel();
        channel.writeOutbound(bytes("abc"));
        other.writeOutbound(bytes("defgh"));
        channel.writeOutbound(bytes("ijk"));
        then(outbound(channel)).containsExactly("abc", "ijk");
        then(outbound(other)).containsExactly("de");
        then(other.isOpen()).isFalse();
        then(channel.isOpen()).isTrue();
        then(written.counts().cuts()).isEqualTo(1);
    }

    @Test
    void an_end_keeps_its_place_behind_the_bytes() {
        List<Object> seen = new ArrayList<>();
        channel.pipeline().addLast(new ChannelDuplexHandler() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                seen.add(text(message));
            }

            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                seen.add(event);
            }
        });
        read.delay(Duration.ofMillis(5));
        channel.writeInbound(bytes("last words"));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        then(seen).isEmpty();
        pass(5);
        then(seen).containsExactly("last words", ChannelInputShutdownEvent.INSTANCE);
    }

    @Test
    void reads_no_more_than_a_window_and_delivers_nothing_that_nobody_asked_for() {
        int[] reads = new int[1];
        channel.pipeline().addFirst(new ChannelDuplexHandler() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads[0]++;
            }
        });
        read.delay(Duration.ofMillis(10)).window(100);
        channel.config().setAutoRead(false);
        channel.read();
        then(reads[0]).isEqualTo(1);
        channel.writeInbound(bytes("x".repeat(60)), bytes("y".repeat(60)));
        channel.read();
        then(reads[0]).as("a window is under way").isEqualTo(1);
        pass(10);
        then(inbound(channel)).as("one was asked for").containsExactly("x".repeat(60));
        then(reads[0]).as("there is room again").isEqualTo(2);
        pass(10);
        then(inbound(channel)).as("no more was asked for").isEmpty();
        channel.read();
        then(inbound(channel)).containsExactly("y".repeat(60));
    }

    @Test
    void is_not_writable_while_a_window_waits_to_go_out() {
        written.stop().window(100);
        channel.write(bytes("x".repeat(99)));
        then(channel.isWritable()).isTrue();
        channel.write(bytes("x"));
        then(channel.isWritable()).isFalse();
        written.go();
        channel.runPendingTasks();
        then(channel.isWritable()).isTrue();
        then(String.join("", outbound(channel))).hasSize(100);
    }

    @Test
    void what_did_not_go_out_before_the_close_fails_and_is_released() {
        written.stop();
        ByteBuf lost = channel.alloc().buffer().writeByte(1);
        ChannelFuture write = channel.writeAndFlush(lost);
        channel.close();
        then(write.cause()).isInstanceOf(ClosedChannelException.class);
        then(lost.refCnt()).isZero();
    }

    @Test
    void many_pieces_in_many_messages_arrive_whole() {
        read.split(1, 50)
                .delay(Duration.ofMillis(3))
                .jitter(Duration.ofMillis(7))
                .throttle(100_000);
        Random random = new Random(3);
        StringBuilder sent = new StringBuilder();
        StringBuilder got = new StringBuilder();
        for (int i = 0; i < 300; i++) {
            String text = "abcdefghijklmnopqrstuvwxyz".repeat(4).substring(random.nextInt(100));
            sent.append(text);
            channel.writeInbound(bytes(text));
            pass(random.nextInt(3));
            inbound(channel).forEach(got::append);
        }
        for (int i = 0; i < 2_000 && got.length() < sent.length(); i++) {
            pass(20);
            inbound(channel).forEach(got::append);
        }
        then(got.toString()).isEqualTo(sent.toString());
    }

    @Test
    void says_what_is_wrong_with_a_value() {
        thenThrownBy(() -> read.delay(Duration.ofMillis(-1))).hasMessage("delay: PT-0.001S (expected: 0 to a year)");
        thenThrownBy(() -> read.split(0, 1)).hasMessage("bytes of a piece: 0 (expected: 1 or more)");
        thenThrownBy(() -> read.split(5, 4)).hasMessage("bytes of a piece: 4 (expected: 5 or more)");
        thenThrownBy(() -> read.throttle(-1)).hasMessage("bytes per second: -1 (expected: 0 or more)");
        thenThrownBy(() -> read.resetAfter(9, 8)).hasMessage("bytes: 9 to 8 (expected: 0 or more, the lesser first)");
        thenThrownBy(() -> read.window(0)).hasMessage("window: 0 (expected: 1 or more)");
    }
}
