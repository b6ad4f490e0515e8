package dev.reversetunnel.vmess;

import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.DoorBook;
import dev.reversetunnel.door.DoorHandshake;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.door.Strangers;
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
final class ServerRig implements InboundContext {
    final ManualClock clock;
    final DoorBook book;
    final List<Request> requests = new ArrayList<>();
    final List<Receiver> receivers = new ArrayList<>();
    boolean reads = true;

    private final ByteBufAllocator allocator;
    private final Door door;
    private final VmessListener listener;

    ServerRig(ByteBufAllocator allocator, long seconds, boolean insecure, List<VmessUser> users) {
        this(allocator, seconds, insecure, users, 1_024, 64, 1_000);
    }

    ServerRig(
            ByteBufAllocator allocator,
            long seconds,
            boolean insecure,
            List<VmessUser> users,
            int maxStrangers,
            int maxPerSource,
            int replayCapacity) {
        this.allocator = allocator;
        clock = new ManualClock(seconds);
        book = new DoorBook(VmessServer.class, () -> clock.seconds() * 1_000_000_000L);
        door = new Door(this, Manner.SILENCE, Duration.ofSeconds(60), new Strangers(maxStrangers, maxPerSource), book);
        listener = new VmessListener(
                new VmessListener.Settings(users, Grant.REGISTER, replayCapacity, null, insecure), door);
    }

    EmbeddedChannel connection() {
        return connection(null);
    }

    EmbeddedChannel connection(@Nullable SocketAddress from) {
        EmbeddedChannel channel = from == null ? new EmbeddedChannel() : new RemoteConnection(from);
        channel.config().setAutoRead(false);
        channel.config().setAllocator(allocator);
        channel.freezeTime();
        channel.pipeline().addLast(new DoorHandshake(door, listener.opening(channel)));
        return channel;
    }

    static InetSocketAddress peer(String ip, int port) {
        try {
            return new InetSocketAddress(
                    InetAddress.getByAddress(NetUtil.createByteArrayFromIpAddressString(ip)), port);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException(ip, e);
        }
    }

    /** One read burst, of a channel that may close meanwhile. */
    static void feed(EmbeddedChannel channel, ByteBuf bytes) {
        channel.pipeline().fireChannelRead(bytes);
        channel.pipeline().fireChannelReadComplete();
        channel.runPendingTasks();
    }

    /** The peer ends its output, and the rest of what is planned happens. */
    static void end(EmbeddedChannel channel) {
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
        return "vmess-in";
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
