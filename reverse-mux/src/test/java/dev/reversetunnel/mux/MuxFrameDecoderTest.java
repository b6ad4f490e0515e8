package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;

import dev.reversetunnel.mux.MuxException.Reason;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.lang.reflect.Proxy;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the decoder does with buffers, ends and handlers; what it makes of bytes is in {@link MuxVectorsTest}. */
@ExtendWith(BufferLeakExtension.class)
class MuxFrameDecoderTest {
    private static final String HEAD_OF_4096 = "0004 0001 02 01 | 1000";
    private static final String KEEP_HI = "0004 0001 02 01 | 0002 6869";
    private static final String END = "0004 0001 03 00";

    private final Outcome outcome = new Outcome();
    private final EmbeddedChannel channel = Outcome.channel(MuxDialect.COOL, outcome);

    @Test
    void a_payload_in_one_buffer_is_a_slice_of_it() {
        ByteBuf wire = direct(HEAD_OF_4096).writeZero(4096);
        channel.writeInbound(wire.retain());
        // THEN
        ByteBuf payload = outcome.frames().get(0).payload();
        then(payload.memoryAddress() + payload.readerIndex()).isEqualTo(wire.memoryAddress() + 8);
        wire.setByte(8 + 4095, 0x7f);
        then(payload.getByte(payload.readerIndex() + 4095)).isEqualTo((byte) 0x7f);
        then(payload.readableBytes()).isEqualTo(4096);
        outcome.releaseFrames();
        then(wire.release()).isTrue();
    }

    @Test
    void a_payload_in_two_buffers_is_made_of_slices_of_both() {
        ByteBuf first = direct(HEAD_OF_4096).writeZero(2048);
        ByteBuf second = ByteBufAllocator.DEFAULT.directBuffer().writeZero(2048).writeBytes(Hex.bytes(END));
        channel.writeInbound(first.retain());
        then(outcome.all).isEmpty();
        channel.writeInbound(second.retain());
        // THEN
        ByteBuf payload = outcome.frames().get(0).payload();
        first.setByte(8, 1);
        second.setByte(2047, 2);
        then(payload.getByte(0)).isEqualTo((byte) 1);
        then(payload.getByte(4095)).isEqualTo((byte) 2);
        then(outcome.all).hasSize(2).last().isInstanceOf(MuxFrame.End.class);
        outcome.releaseFrames();
        then(first.release()).isTrue();
        then(second.release()).isTrue();
    }

    @Test
    void a_small_piece_between_large_ones_is_copied_and_in_its_place() {
        var random = new Random(1);
        byte[] data = new byte[5000];
        random.nextBytes(data);
        channel.writeInbound(direct("0004 0001 02 01 | 1388").writeBytes(data, 0, 10));
        channel.writeInbound(direct("").writeBytes(data, 10, 2000));
        channel.writeInbound(direct("").writeBytes(data, 2010, 700));
        channel.writeInbound(direct("").writeBytes(data, 2710, 700));
        channel.writeInbound(direct("").writeBytes(data, 3410, 1590));
        // THEN
        ByteBuf payload = outcome.frames().get(0).payload();
        then(Hex.of(payload)).isEqualTo(Hex.of(Unpooled.wrappedBuffer(data)));
        outcome.releaseFrames();
    }

    @Test
    void a_peer_that_sends_byte_by_byte_does_not_make_us_hold_a_buffer_for_each() {
        var allocator = new UnpooledByteBufAllocator(false, true);
        channel.config().setAllocator(allocator);
        channel.writeInbound(allocator.heapBuffer().writeBytes(Hex.bytes("0004 0001 02 01 | ffff")));
        for (int i = 0; i < 65_534; i++) {
            channel.writeInbound(allocator.heapBuffer(2048).writeByte(i));
        }
        then(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
                .isLessThanOrEqualTo(64 * 1024);
        channel.writeInbound(allocator.heapBuffer(2048).writeByte(0x7f));
        // THEN
        ByteBuf payload = outcome.frames().get(0).payload();
        then(payload.readableBytes()).isEqualTo(65_535);
        then(payload.getByte(1234)).isEqualTo((byte) 1234);
        then(payload.getByte(65_534)).isEqualTo((byte) 0x7f);
        outcome.releaseFrames();
        then(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
                .isZero();
    }

    @Test
    void an_idle_connection_holds_nothing() {
        var allocator = new UnpooledByteBufAllocator(false, true);
        channel.config().setAllocator(allocator);
        for (byte b : Hex.bytes(KEEP_HI + END)) {
            channel.writeInbound(allocator.heapBuffer(1).writeByte(b));
        }
        outcome.releaseFrames();
        then(outcome.frames()).hasSize(2);
        then(allocator.metric().usedHeapMemory() + allocator.metric().usedDirectMemory())
                .isZero();
    }

    @Test
    void frames_before_a_broken_one_are_fired_and_what_follows_is_ignored() {
        channel.writeInbound(direct(KEEP_HI + "| 0201 0001 02 00 |" + KEEP_HI));
        channel.writeInbound(direct(KEEP_HI));
        channel.finish();
        // THEN
        then(outcome.all).hasSize(3);
        then(outcome.all.get(0)).hasToString("Keep[1, 2 bytes]");
        then(outcome.all.get(1))
                .isInstanceOf(MuxException.class)
                .extracting(e -> ((MuxException) e).getMessage())
                .isEqualTo("metadata length: 513 (expected: 4~512)");
        then(outcome.all.get(2)).isEqualTo("inactive");
        outcome.releaseFrames();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "0003 000102;                       METADATA_TOO_SHORT;  metadata length: 3 (expected: 4~512)",
                "0007 0001 01 00 010050;            METADATA_TOO_SHORT;  metadata length: 7 (expected: 8~512 in New)",
                "0005 0001 02 00 02;                METADATA_TOO_SHORT;  metadata length: 5 (expected: 8~512 in Keep with an address)",
                "0004 0001 05 00;                   UNKNOWN_STATUS;      status: 5 (expected: 1~4)",
                "000c 0001 01 00 03 0050 01 0a000001; UNKNOWN_NETWORK;   network: 3 (expected: 1~2)",
                "000c 0001 01 00 01 0050 09 0a000001; UNKNOWN_ADDRESS_TYPE; address type: 9 (expected: 1~3)",
            })
    void says_field_value_and_expectation(String hex, Reason reason, String message) {
        thenThrownBy(() -> Frames.decode(MuxDialect.COOL, Hex.bytes(hex)))
                .isInstanceOf(MuxException.class)
                .hasMessage(message)
                .extracting(e -> ((MuxException) e).reason())
                .isEqualTo(reason);
    }

    @Test
    void names_the_address_that_is_wrong() {
        thenThrownBy(() -> Frames.decode(
                        MuxDialect.VLESS_REVERSE,
                        Hex.bytes("0014 0001 01 00 | 01 0050 01 7f000001 | 01 0050 09 7f000001")))
                .hasMessage("source address type: 9 (expected: 1~3)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"00", "0004 00", "0004 0001 02 01", "0004 0001 02 01 00", "0004 0001 02 01 0002 68"})
    void an_end_inside_a_frame_is_told_once_and_before_the_event(String cut) {
        channel.writeInbound(direct(KEEP_HI + cut));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.finish();
        then(outcome.all).hasSize(4);
        then(outcome.reasons()).containsExactly(Reason.TRUNCATED_STREAM);
        then(outcome.all.get(1)).isInstanceOf(MuxException.class);
        then(outcome.all.subList(2, 4)).containsExactly("input shutdown", "inactive");
        outcome.releaseFrames();
    }

    @Test
    void a_close_inside_a_frame_is_told_before_the_channel_is_inactive() {
        channel.writeInbound(direct("0004 0001 02 01 0002 68"));
        channel.finish();
        then(outcome.reasons()).containsExactly(Reason.TRUNCATED_STREAM);
        then(outcome.all).last().isEqualTo("inactive");
    }

    @Test
    void an_end_between_frames_is_no_error() {
        channel.writeInbound(direct(KEEP_HI));
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.finish();
        then(outcome.all).hasSize(3).endsWith("input shutdown", "inactive");
        outcome.releaseFrames();
    }

    @Test
    void nothing_comes_out_after_it_was_removed_by_who_got_a_frame() {
        var frames = new AtomicInteger();
        var removing = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                frames.incrementAndGet();
                ((MuxFrame) msg).release();
                ctx.pipeline().remove(MuxFrameDecoder.class);
            }
        });
        removing.writeInbound(direct(KEEP_HI + KEEP_HI + "0004"));
        then(frames).hasValue(1);
        then(removing.finish()).isFalse();
    }

    @Test
    void nothing_comes_out_after_who_got_a_frame_closed_the_channel() {
        var frames = new AtomicInteger();
        var closing = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                frames.incrementAndGet();
                ((MuxFrame) msg).release();
                ctx.channel().close();
                ctx.pipeline().fireChannelInactive();
            }
        });
        closing.writeInbound(direct(KEEP_HI + KEEP_HI + "0004"));
        then(frames).hasValue(1);
        closing.finish();
        closing.checkException();
    }

    @Test
    void what_is_held_is_released_with_the_handler() {
        channel.writeInbound(direct("0004 0001 02 01 | 1000").writeZero(2000));
        channel.writeInbound(direct("").writeZero(10));
        channel.pipeline().remove(MuxFrameDecoder.class);
        channel.finish();
        then(outcome.all).containsExactly("inactive");
    }

    @Test
    void bytes_that_are_read_while_a_frame_is_fired_come_in_their_order() {
        var reading = new EmbeddedChannel(new MuxFrameDecoder(MuxDialect.COOL), new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object msg) {
                if (((MuxFrame) msg).sessionId() == 1) {
                    ctx.pipeline().fireChannelRead(direct("04 0003 03 00"));
                }
                ctx.fireChannelRead(msg);
            }
        });
        reading.writeInbound(direct("0004 0001 03 00 | 0004 0002 03 00 | 00"));
        then(reading.inboundMessages())
                .extracting(frame -> ((MuxFrame) frame).sessionId())
                .containsExactly(1, 2, 3);
        reading.finishAndReleaseAll();
    }

    @Test
    void asks_for_more_when_a_single_read_brought_no_whole_frame() {
        var reads = new AtomicInteger();
        channel.pipeline().addFirst(new ChannelOutboundHandlerAdapter() {
            @Override
            public void read(ChannelHandlerContext ctx) {
                reads.incrementAndGet();
            }
        });
        channel.config().setAutoRead(false);
        channel.writeInbound(direct("0004 0001 02"));
        then(reads).hasValue(1);
        channel.writeInbound(direct("01 | 0002 6869"));
        then(reads).hasValue(1);
        channel.config().setAutoRead(true);
        reads.set(0);
        channel.writeInbound(direct("0004"));
        then(reads).as("Netty's own read").hasValue(1);
        channel.finish();
        outcome.releaseFrames();
    }

    @Test
    void what_is_no_buffer_passes() {
        channel.writeInbound("not mine");
        then(outcome.all).containsExactly("not mine");
        channel.finish();
    }

    @Test
    void gives_up_when_there_is_no_memory_and_does_not_lose_its_place_silently() {
        channel.config().setAllocator((ByteBufAllocator) Proxy.newProxyInstance(
                ByteBufAllocator.class.getClassLoader(),
                new Class<?>[] {ByteBufAllocator.class},
                (proxy, method, args) -> {
                    throw new OutOfMemoryError("test");
                }));
        channel.writeInbound(direct("0004 0001"));
        channel.writeInbound(direct(KEEP_HI));
        channel.finish();
        then(outcome.all).hasSize(2).endsWith("inactive");
        then(outcome.all.get(0)).isInstanceOf(OutOfMemoryError.class);
    }

    private static ByteBuf direct(String hex) {
        return ByteBufAllocator.DEFAULT.directBuffer().writeBytes(Hex.bytes(hex));
    }
}
