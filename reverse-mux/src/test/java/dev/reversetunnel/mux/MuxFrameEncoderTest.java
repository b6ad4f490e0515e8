package dev.reversetunnel.mux;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.mux.MuxFrame.GlobalId;
import dev.reversetunnel.mux.MuxFrame.Visitor;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.testkit.BufferLeakExtension;
import dev.reversetunnel.testkit.Hex;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the encoder does with buffers and promises; what the bytes are is in {@link MuxVectorsTest}. */
@ExtendWith(BufferLeakExtension.class)
class MuxFrameEncoderTest {
    private static final Destination WEB = Destination.tcp("web.home", 80);
    private static final String LONG = "a".repeat(255);

    private final EmbeddedChannel channel = new EmbeddedChannel(new MuxFrameEncoder());

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2048})
    void a_small_payload_follows_its_header_in_one_buffer_of_exactly_that_size(int size) {
        channel.writeOutbound(new MuxFrame.Keep(1, payload(size)));
        ByteBuf out = channel.readOutbound();
        then(out.readableBytes()).isEqualTo(8 + size);
        then(out.capacity()).isEqualTo(8 + size);
        then(channel.<Object>readOutbound()).isNull();
        out.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {2049, 65_535})
    void a_large_payload_is_written_as_it_is(int size) {
        ByteBuf payload = payload(size);
        channel.writeOutbound(new MuxFrame.Keep(1, payload));
        ByteBuf head = channel.readOutbound();
        then(Hex.of(head)).isEqualTo(Hex.of(Hex.buffer("0004 0001 02 01")) + String.format("%04x", size));
        then(channel.<ByteBuf>readOutbound()).isSameAs(payload);
        head.release();
        payload.release();
    }

    @Test
    void writes_metadata_of_512_bytes_and_a_reader_takes_it() {
        var frame = new MuxFrame.New(
                1,
                0,
                Destination.tcp(LONG, 1),
                new Visitor(Destination.tcp("b".repeat(243), 2), null),
                null,
                Unpooled.EMPTY_BUFFER);
        String wire = Frames.encode(frame);
        then(wire).startsWith("0200").hasSize(2 * 514);
        then(Frames.decode(MuxDialect.VLESS_REVERSE, Hex.bytes(wire))).containsExactly(frame);
    }

    static Stream<Arguments> unwritable() {
        var name = Destination.tcp(LONG, 1);
        var visitor = new Visitor(name, name);
        return Stream.of(
                Arguments.of(
                        new MuxFrame.New(1, MuxFrame.DATA, name, visitor, null, Unpooled.EMPTY_BUFFER),
                        "metadata length: 784 (expected: 4~512)"),
                Arguments.of(
                        new MuxFrame.New(1, 1, WEB, new Visitor(WEB, WEB), new GlobalId(1), Unpooled.EMPTY_BUFFER),
                        "visitor: beside a GlobalID (expected: one of them, by dialect)"),
                Arguments.of(
                        new MuxFrame.Keep(1, 1, WEB, Unpooled.EMPTY_BUFFER),
                        "packet address: tcp:web.home:80 (expected: one of UDP)"));
    }

    @ParameterizedTest
    @MethodSource("unwritable")
    void refuses_what_no_peer_could_read_and_releases_it(MuxFrame template, String message) {
        ByteBuf payload = payload(5);
        MuxFrame frame = template instanceof MuxFrame.New opening
                ? new MuxFrame.New(1, 1, opening.destination(), opening.visitor(), opening.globalId(), payload)
                : new MuxFrame.Keep(1, 1, ((MuxFrame.Keep) template).packetAddress(), payload);

        ChannelFuture written = channel.writeOneOutbound(frame);

        then(written.cause()).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
        then(payload.refCnt()).isZero();
        channel.flushOutbound();
        then(channel.outboundMessages()).isEmpty();
    }

    @Test
    void a_frame_whose_promise_was_cancelled_is_not_begun() {
        // GIVEN a promise that is cancelled after Netty has looked at it and before the encoder does
        var cancelling = new EmbeddedChannel(new MuxFrameEncoder(), new ChannelOutboundHandlerAdapter() {
            @Override
            public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                promise.cancel(false);
                var encoder = ctx.pipeline().context(MuxFrameEncoder.class);
                ((MuxFrameEncoder) encoder.handler()).write(encoder, msg, promise);
            }
        });
        ByteBuf payload = payload(5000);
        // WHEN
        ChannelFuture written = cancelling.writeOneOutbound(new MuxFrame.Keep(1, payload));
        cancelling.flushOutbound();
        // THEN
        then(written.isCancelled()).isTrue();
        then(cancelling.outboundMessages()).isEmpty();
        then(payload.refCnt()).isZero();
    }

    @Test
    void a_payload_whose_header_failed_is_not_written() {
        var failing = new EmbeddedChannel(new FailingWrites(1, false), new MuxFrameEncoder());
        ByteBuf payload = payload(5000);
        ChannelFuture written = failing.writeOneOutbound(new MuxFrame.Keep(1, payload));
        failing.flushOutbound();
        then(written.cause()).hasMessage("write 1");
        then(failing.outboundMessages()).isEmpty();
        then(payload.refCnt()).isZero();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void the_promise_fails_if_either_part_fails_later(int part) {
        var late = new FailingWrites(part, true);
        var failing = new EmbeddedChannel(late, new MuxFrameEncoder());
        ChannelFuture written = failing.writeOneOutbound(new MuxFrame.Keep(1, payload(5000)));
        then(written.isDone()).isFalse();
        late.fail();
        then(written.cause()).hasMessage("write " + part);
        failing.finishAndReleaseAll();
    }

    @Test
    void the_promise_succeeds_with_the_last_byte() {
        ChannelFuture large = channel.writeOneOutbound(new MuxFrame.Keep(1, payload(5000)));
        ChannelFuture small = channel.writeOneOutbound(new MuxFrame.End(1, false));
        then(large.isDone()).isFalse();
        channel.flushOutbound();
        then(large.isSuccess()).isTrue();
        then(small.isSuccess()).isTrue();
        channel.finishAndReleaseAll();
    }

    @Test
    void takes_a_void_promise() {
        channel.writeAndFlush(new MuxFrame.Keep(1, payload(5000)), channel.voidPromise());
        channel.writeAndFlush(new MuxFrame.Keep(1, payload(5)), channel.voidPromise());
        then(Frames.drain(channel)).hasSize(2 * (5000 + 8 + 5 + 8));
    }

    @Test
    void nothing_comes_between_a_header_and_its_payload() {
        // GIVEN a handler that writes from inside of a write, as one does that hears that the channel is full
        var reentrant = new EmbeddedChannel(
                new ChannelOutboundHandlerAdapter() {
                    private int writes;

                    @Override
                    public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
                        ctx.write(msg, promise);
                        if (++writes == 1) {
                            ctx.pipeline().write(new MuxFrame.End(2, false));
                            ctx.pipeline().write(Hex.buffer("0004 0003 03 00"));
                            ctx.pipeline().write(new MuxFrame.Keep(4, 1, WEB, payload(1)));
                            ctx.pipeline().write(new MuxFrame.Keep(5, payload(4000)));
                        }
                    }
                },
                new MuxFrameEncoder());
        // WHEN
        reentrant.writeOutbound(new MuxFrame.Keep(1, payload(3000)));
        // THEN
        then(Frames.decode(MuxDialect.COOL, Hex.bytes(Frames.drain(reentrant))))
                .extracting(Object::toString)
                .containsExactly("Keep[1, 3000 bytes]", "End[2]", "End[3]", "Keep[5, 4000 bytes]");
    }

    @Test
    void a_closed_channel_fails_the_frame_and_releases_it() {
        channel.close();
        for (int size : new int[] {5, 5000}) {
            ByteBuf payload = payload(size);
            ChannelFuture written = channel.writeAndFlush(new MuxFrame.Keep(1, payload));
            channel.runPendingTasks();
            then(written.cause()).isInstanceOf(ClosedChannelException.class);
            then(payload.refCnt()).isZero();
        }
    }

    @Test
    void what_is_no_frame_passes() {
        channel.writeOutbound("not mine");
        then(channel.<Object>readOutbound()).isEqualTo("not mine");
    }

    @Test
    void the_frame_of_a_slice_leaves_the_rest_of_its_buffer_alone() {
        ByteBuf whole = payload(100);
        channel.writeOutbound(new MuxFrame.Keep(1, whole.retainedSlice(10, 3)));
        then(Frames.drain(channel)).isEqualTo("00040001020100030a0b0c");
        then(whole.release()).isTrue();
    }

    private static ByteBuf payload(int size) {
        ByteBuf payload = ByteBufAllocator.DEFAULT.directBuffer(Math.max(1, size));
        for (int i = 0; i < size; i++) {
            payload.writeByte(i);
        }
        return payload;
    }

    /** Fails the n-th write, at once or when told; the others succeed then. */
    private static final class FailingWrites extends ChannelOutboundHandlerAdapter {
        private final int failing;
        private final boolean later;
        private final List<ChannelPromise> promises = new ArrayList<>();

        FailingWrites(int failing, boolean later) {
            this.failing = failing;
            this.later = later;
        }

        @Override
        public void write(ChannelHandlerContext ctx, Object msg, ChannelPromise promise) {
            promises.add(promise);
            if (!later && promises.size() != failing) {
                ctx.write(msg, promise);
                return;
            }
            ReferenceCountUtil.release(msg);
            if (!later) {
                promise.setFailure(new IOException("write " + failing));
            }
        }

        void fail() {
            promises.get(failing - 1).setFailure(new IOException("write " + failing));
            promises.forEach(ChannelPromise::trySuccess);
        }
    }
}
