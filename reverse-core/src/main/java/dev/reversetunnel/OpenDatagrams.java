package dev.reversetunnel;

import dev.reversetunnel.mux.ByteBudget;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One UDP socket for all of a visitor's targets: who was never written to may answer, too, as games and calls need it.
 *
 * <p>Each name is looked up once; the address that was judged is the one that is sent to, for as long as the target is
 * in use. What cannot be sent is told by a {@link DatagramRelay.Dropped}, and ends nothing.
 */
final class OpenDatagrams extends ChannelDuplexHandler {
    /** Of our choice: addresses that are remembered; the one that was unused for longest goes first. */
    private static final int MAX_TARGETS = DatagramDispatch.MAX_TARGETS;

    private final Dialer dialer;
    private final boolean allowPrivate;
    private final Map<Destination, Way> ways = new LinkedHashMap<>(4, 0.75f, true);
    private ByteBudget memory = ByteBudget.UNLIMITED;
    private @Nullable InetSocketAddress lastSender;
    private @Nullable Destination lastSource;

    OpenDatagrams(Dialer dialer, boolean allowPrivate) {
        this.dialer = dialer;
        this.allowPrivate = allowPrivate;
    }

    /**
     * What waits in a socket, if it is one of this kind, is a part of this memory from now on. On the socket's loop.
     */
    static void within(Channel socket, ByteBudget memory) {
        OpenDatagrams open = socket.pipeline().get(OpenDatagrams.class);
        if (open != null) {
            open.memory = memory;
        }
    }

    /** Where a target is; until that is known, a few of its datagrams wait. */
    private static final class Way {
        final DatagramQueue waiting;

        @Nullable
        InetSocketAddress address;

        Way(ByteBudget memory) {
            waiting = new DatagramQueue(memory);
        }
    }

    // ---- to the targets ----

    @Override
    public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
        if (!(message instanceof Datagram datagram)) {
            ctx.write(message, promise);
            return;
        }
        promise.trySuccess(); // whatever becomes of it: it is a datagram
        Destination target = datagram.peer();
        Way way = ways.get(target);
        if (way != null && way.address != null) {
            send(ctx, target, datagram.content(), way.address);
        } else if (way != null) {
            if (!way.waiting.offer(datagram)) {
                ctx.fireUserEventTriggered(new DatagramRelay.Dropped(target, 1, null));
            }
        } else {
            find(ctx, datagram);
        }
    }

    private void find(ChannelHandlerContext ctx, Datagram datagram) {
        Destination target = datagram.peer();
        Way way = new Way(memory);
        if (ways.size() >= MAX_TARGETS) {
            var oldest = ways.entrySet().iterator();
            Map.Entry<Destination, Way> idle = oldest.next();
            oldest.remove();
            giveUp(ctx, idle.getKey(), idle.getValue(), null);
        }
        ways.put(target, way);
        if (!way.waiting.offer(datagram)) {
            ctx.fireUserEventTriggered(new DatagramRelay.Dropped(target, 1, null));
        }
        InetAddress literal = target.address();
        if (target.port() == 0) {
            found(ctx, target, way, List.of());
        } else if (literal != null) {
            found(ctx, target, way, List.of(literal));
        } else {
            dialer.resolve(target.host())
                    .addListener((Future<List<InetAddress>> found) -> ctx.executor()
                            .execute(() -> {
                                if (found.isSuccess()) {
                                    found(ctx, target, way, found.getNow());
                                    ctx.flush();
                                } else {
                                    giveUp(ctx, target, way, UdpSockets.unresolved(target, found.cause()));
                                }
                            }));
        }
    }

    private void found(ChannelHandlerContext ctx, Destination target, Way way, List<InetAddress> addresses) {
        for (InetAddress address : addresses) {
            if (allowPrivate || Addresses.isPublic(address)) {
                way.address = new InetSocketAddress(address, target.port());
                for (Datagram next = way.waiting.poll(); next != null; next = way.waiting.poll()) {
                    send(ctx, target, next.content(), way.address);
                }
                return;
            }
        }
        giveUp(
                ctx,
                target,
                way,
                target.port() == 0
                        ? new RefusedException("port 0 cannot be sent to")
                        : DirectOutbound.privateAddress());
    }

    private void giveUp(ChannelHandlerContext ctx, Destination target, Way way, @Nullable Throwable cause) {
        ways.remove(target, way);
        int dropped = way.waiting.clear();
        if (dropped > 0) {
            ctx.fireUserEventTriggered(new DatagramRelay.Dropped(target, dropped, cause));
        }
    }

    private static void send(
            ChannelHandlerContext ctx, Destination target, ByteBuf content, InetSocketAddress address) {
        ctx.write(new DatagramPacket(UdpSockets.whole(content), address)).addListener(sent -> {
            if (!sent.isSuccess()) { // too large for the network, or there is no way to that family of addresses
                ctx.fireUserEventTriggered(new DatagramRelay.Dropped(
                        target,
                        1,
                        new TunnelException(
                                "cannot send to " + target + ": " + sent.cause().getMessage())));
            }
        });
    }

    // ---- from anybody ----

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        if (message instanceof DatagramPacket packet) {
            Destination source = source(packet.sender());
            ctx.fireChannelRead(new Datagram(source, UdpSockets.payload(packet)));
        } else {
            ReferenceCountUtil.release(message);
        }
    }

    /** Most of a burst comes from one sender. */
    private Destination source(InetSocketAddress sender) {
        Destination source = lastSource;
        if (source == null || !sender.equals(lastSender)) {
            source = Destination.of(Network.UDP, sender);
            lastSource = source;
            lastSender = sender;
        }
        return source;
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext ctx) {
        ways.values().forEach(way -> way.waiting.clear());
        ways.clear();
    }
}
