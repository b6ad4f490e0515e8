package dev.reversetunnel.kit;

import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.DoorBook;
import dev.reversetunnel.door.DoorHandshake;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Opening;
import dev.reversetunnel.lab.ManualClock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A server without a socket: each connection is an {@link EmbeddedChannel} that reads when it is asked to. */
public abstract class DoorRig implements InboundContext {
    public final ManualClock clock;
    public final DoorBook book;
    public final List<Request> requests = new ArrayList<>();
    public final List<Receiver> receivers = new ArrayList<>();
    /** What openings threw besides what they may: a server closes such a connection and says no more of it. */
    public final List<RuntimeException> surprises = new ArrayList<>();

    public boolean reads = true;

    private final String tag;
    private final ByteBufAllocator allocator;
    private final Door door;

    @SuppressWarnings("this-escape") // the door keeps it for connections that come later
    protected DoorRig(
            String tag,
            Class<?> server,
            Manner manner,
            ByteBufAllocator allocator,
            long seconds,
            int maxStrangers,
            int maxPerSource) {
        this.tag = tag;
        this.allocator = allocator;
        clock = ManualClock.atSecond(seconds);
        book = new DoorBook(server, () -> clock.second() * 1_000_000_000L);
        door = new Door(this, manner, Duration.ofSeconds(60), new Strangers(maxStrangers, maxPerSource), book);
    }

    protected final Door door() {
        return door;
    }

    /** Reads the header of a connection. */
    protected abstract Opening opening(Channel channel);

    public EmbeddedChannel connection() {
        return connection(null);
    }

    public EmbeddedChannel connection(@Nullable SocketAddress from) {
        EmbeddedChannel channel = from == null ? new EmbeddedChannel() : new RemoteConnection(from);
        channel.config().setAutoRead(false);
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        channel.pipeline().addLast(new DoorHandshake(door, watched(opening(channel))));
        return channel;
    }

    private Opening watched(Opening opening) {
        return new Opening() {
            @Override
            public @Nullable Welcome read(ByteBuf in, Channel channel) {
                try {
                    return opening.read(in, channel);
                } catch (CarrierException e) {
                    throw e;
                } catch (RuntimeException e) {
                    surprises.add(e);
                    throw e;
                }
            }

            @Override
            public boolean isEmpty() {
                return opening.isEmpty();
            }
        };
    }

    public static InetSocketAddress peer(String ip, int port) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(ip)), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip, e);
        }
    }

    /** One read burst, of a channel that may close meanwhile. */
    public static void feed(EmbeddedChannel channel, Object bytes) {
        channel.pipeline().fireChannelRead(bytes);
        channel.pipeline().fireChannelReadComplete();
        channel.runPendingTasks();
    }

    /** The peer ends its output, and the rest of what is planned happens. */
    public static void end(EmbeddedChannel channel) {
        channel.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);
        channel.runPendingTasks();
    }

    @Override
    public void handle(Request request, Channel channel) {
        requests.add(request);
        Receiver receiver = new Receiver();
        receivers.add(receiver);
        channel.pipeline().addLast(receiver);
        if (reads) {
            channel.config().setAutoRead(true);
        }
    }

    @Override
    public String tag() {
        return tag;
    }

    @Override
    public void accepted(Channel channel) {}

    @Override
    public EventLoopGroup loops() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Clock clock() {
        return clock;
    }

    private static final class RemoteConnection extends EmbeddedChannel {
        private final SocketAddress from;

        private RemoteConnection(SocketAddress from) {
            this.from = from;
        }

        @Override
        protected SocketAddress remoteAddress0() {
            return from;
        }
    }
}
