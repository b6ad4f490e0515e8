package dev.reversetunnel.layer;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** What the protocol on a channel is given: the handler that a test puts there. */
public final class Seen extends ChannelInboundHandlerAdapter {
    private final BlockingQueue<String> events = new LinkedBlockingQueue<>();
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicReference<String> text = new AtomicReference<>("");

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        events.add("active");
        ctx.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf buffer = (ByteBuf) message;
        bytes.addAndGet(buffer.readableBytes());
        if (text.get().length() < 4_096) {
            String more = buffer.toString(StandardCharsets.ISO_8859_1);
            text.updateAndGet(before -> before + more);
        }
        buffer.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            events.add("clean end");
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        events.add("failed: " + cause.getMessage());
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        events.add("inactive");
    }

    /** The next thing that happens; {@code nothing} if that takes too long. */
    public String next() {
        return await(20);
    }

    /** What has happened; does not wait. */
    public String now() {
        String event = events.poll();
        return event == null ? "nothing" : event;
    }

    private String await(int seconds) {
        try {
            String event = events.poll(seconds, TimeUnit.SECONDS);
            return event == null ? "nothing" : event;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return "interrupted";
        }
    }

    public String text() {
        return text.get();
    }

    public long bytes() {
        return bytes.get();
    }
}
