package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A visitor who is looked at, and whoever reads him when that is over. */
final class SniffRig implements AutoCloseable {
    /** In place of {@code null}, for assertions. */
    static final Sniffed NOTHING = new Sniffed("nothing", "");

    final List<Sniffed> verdicts = new ArrayList<>();
    final List<Object> events = new ArrayList<>();
    final EmbeddedChannel channel;

    int left;

    SniffRig(Sniffing sniffing) {
        this(sniffing, ByteBudget.UNLIMITED);
    }

    SniffRig(Sniffing sniffing, ByteBudget memory) {
        channel = new EmbeddedChannel();
        channel.freezeTime();
        channel.config().setAutoRead(false);
        Sniffer.install(channel, sniffing, memory, told -> verdicts.add(told == null ? NOTHING : told), () -> left++);
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    /** One read of the socket. */
    SniffRig says(byte[] bytes) {
        return says(Unpooled.wrappedBuffer(bytes));
    }

    SniffRig says(ByteBuf bytes) {
        channel.pipeline().fireChannelRead(bytes);
        channel.pipeline().fireChannelReadComplete();
        return this;
    }

    SniffRig says(String text) {
        return says(ascii(text));
    }

    /** Ends his output. */
    SniffRig ends() {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        return this;
    }

    SniffRig waits(long millis) {
        channel.advanceTimeBy(millis, TimeUnit.MILLISECONDS);
        channel.runScheduledPendingTasks();
        return this;
    }

    /** Exactly one, or none yet. */
    @Nullable
    Sniffed verdict() {
        if (verdicts.size() > 1) {
            throw new AssertionError("told more than once: " + verdicts);
        }
        return verdicts.isEmpty() ? null : verdicts.get(0);
    }

    /** What is there for somebody who reads now. */
    byte[] read() {
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
                events.add(event);
            }
        });
        channel.read();
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ByteBuf next = channel.readInbound(); next != null; next = channel.readInbound()) {
            all.writeBytes(ByteBufUtil.getBytes(next));
            next.release();
        }
        return all.toByteArray();
    }

    /** What is found when it comes in these pieces, which are all there afterwards. */
    static Sniffed found(Sniffing sniffing, byte[]... pieces) {
        try (SniffRig rig = new SniffRig(sniffing)) {
            ByteArrayOutputStream said = new ByteArrayOutputStream();
            for (byte[] piece : pieces) {
                said.writeBytes(piece);
                rig.says(piece);
            }
            Sniffed verdict = rig.verdict();
            if (verdict == null) {
                rig.waits(10_000);
                verdict = rig.verdict();
            }
            if (!java.util.Arrays.equals(rig.read(), said.toByteArray())) {
                throw new AssertionError("what was read is not what was said");
            }
            if (verdict == null) {
                throw new AssertionError("no verdict");
            }
            return verdict;
        }
    }

    @Override
    public void close() {
        channel.finishAndReleaseAll();
    }
}
