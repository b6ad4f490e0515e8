package dev.reversetunnel.shadowsocks;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A client and a server, joined by hand: {@link #pump()} carries what each has written to the other. */
final class EmbeddedTunnel implements Transport, Dialer {
    final ShadowsocksRig rig;
    final EmbeddedChannel client = new EmbeddedChannel();
    final EmbeddedChannel server;
    final Receiver clientReceiver = new Receiver();
    /** The sizes of what each side has put on the wire. */
    final List<Integer> clientWrites = new ArrayList<>();

    final List<Integer> serverWrites = new ArrayList<>();

    EmbeddedTunnel(ByteBufAllocator allocator, ShadowsocksMethod method, Destination destination) {
        String password = method.newPassword();
        rig = new ShadowsocksRig(allocator, List.of(ShadowsocksRig.user("shop", method, password)));
        client.config().setAutoRead(false);
        client.config().setAllocator(allocator);
        client.freezeTime();
        Shadowsocks.client("localhost", 1024)
                .method(method)
                .password(password)
                .transport(this)
                .connect(new Request(destination, "test"), this);
        client.pipeline().addLast(clientReceiver);
        client.config().setAutoRead(true);
        server = rig.connection();
    }

    Receiver serverReceiver() {
        return rig.receivers.get(0);
    }

    void pump() {
        boolean moved = true;
        while (moved) {
            client.runPendingTasks();
            server.runPendingTasks();
            boolean up = carry(client, server, clientWrites);
            moved = carry(server, client, serverWrites) || up;
        }
    }

    private static boolean carry(EmbeddedChannel from, EmbeddedChannel to, List<Integer> sizes) {
        boolean moved = false;
        for (ByteBuf wire = from.readOutbound(); wire != null; wire = from.readOutbound()) {
            sizes.add(wire.readableBytes());
            DoorRig.feed(to, wire);
            moved = true;
        }
        return moved;
    }

    void close() {
        client.finishAndReleaseAll();
        server.finishAndReleaseAll();
    }

    @Override
    public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
        client.pipeline().addLast(handler);
        return client.eventLoop().newSucceededFuture(client);
    }

    @Override
    public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
        throw new UnsupportedOperationException();
    }

    @Override
    public EventLoop loop() {
        return client.eventLoop();
    }

    @Override
    public Future<List<InetAddress>> resolve(String host) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Duration timeout() {
        return Duration.ofSeconds(10);
    }

    @Override
    public Clock clock() {
        return rig.clock;
    }
}
