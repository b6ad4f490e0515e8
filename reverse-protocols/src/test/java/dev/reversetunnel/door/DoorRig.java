package dev.reversetunnel.door;

import dev.reversetunnel.FailureReply;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.carrier.CarrierCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A door without a socket: each connection is an {@link EmbeddedChannel} that reads when it is asked to. */
public final class DoorRig implements InboundContext {
    /** What came in. */
    public final List<Request> requests = new ArrayList<>();

    /** Why nothing comes of requests; null if somebody takes them. */
    public @Nullable Throwable failure;

    /** Whether requests are decided at once. */
    public boolean decides = true;

    private final DoorBook book = new DoorBook(DoorRig.class, System::nanoTime);
    private final StringBuilder taken = new StringBuilder();

    /** Told what happened. */
    public CarrierCounters counters() {
        return book.counters();
    }

    /** What the taker has read so far, ASCII. */
    public String taken() {
        return taken.toString();
    }

    /** A door for handshakes of a minute. */
    public Door door() {
        return new Door(this, Manner.CLOSE, Duration.ofSeconds(60), new Strangers(1_024, 64), book);
    }

    /** A connection that has just become active. */
    public EmbeddedChannel connection(Consumer<Channel> pipeline) {
        EmbeddedChannel channel = new EmbeddedChannel();
        channel.config().setAutoRead(false);
        channel.freezeTime();
        pipeline.accept(channel);
        return channel;
    }

    /** One read burst, of a channel that may close meanwhile. */
    public static void feed(EmbeddedChannel channel, byte[] bytes) {
        channel.pipeline().fireChannelRead(Unpooled.wrappedBuffer(bytes.clone()));
        channel.pipeline().fireChannelReadComplete();
        channel.runPendingTasks();
    }

    /** All that was sent, and not asked for yet. */
    public static byte[] sent(EmbeddedChannel channel) {
        ByteBuf all = Unpooled.buffer();
        for (Object next = channel.readOutbound(); next != null; next = channel.readOutbound()) {
            all.writeBytes((ByteBuf) next);
            ReferenceCountUtil.release(next);
        }
        byte[] bytes = new byte[all.readableBytes()];
        all.readBytes(bytes);
        return bytes;
    }

    @Override
    public void handle(Request request, Channel channel) {
        requests.add(request);
        if (decides) {
            decide(channel);
        }
    }

    /** Takes the channel over, or fails. */
    public void decide(Channel channel) {
        Throwable cause = failure;
        if (cause != null) {
            channel.pipeline().get(FailureReply.class).fail(cause);
            return;
        }
        channel.pipeline().addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext ctx, Object message) {
                taken.append(((ByteBuf) message).toString(StandardCharsets.US_ASCII));
                ReferenceCountUtil.release(message);
            }
        });
        channel.config().setAutoRead(true);
    }

    @Override
    public String tag() {
        return "proxy-in";
    }

    @Override
    public void accepted(Channel channel) {}

    @Override
    public EventLoopGroup loops() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Clock clock() {
        return Clock.systemUTC();
    }
}
