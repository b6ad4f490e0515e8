package dev.reversetunnel.vmess;

import dev.reversetunnel.Dialer;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Transport;
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
import java.util.List;
import java.util.function.UnaryOperator;

/** A client and a server, joined by hand: {@link #pump()} carries what each has written to the other. */
final class EmbeddedTunnel implements Transport, Dialer {
    static final String ID = "b831381d-6324-4d53-ad4f-8cda48b30811";
    static final long NOW = 1_767_225_600L;

    final ServerRig rig;
    final EmbeddedChannel client = new EmbeddedChannel();
    final EmbeddedChannel server;
    final Receiver clientReceiver = new Receiver();
    /** How many buffers each side has put on the wire. */
    int clientWrites;

    int serverWrites;
    long clientBytes;

    EmbeddedTunnel(ByteBufAllocator allocator, Destination destination, UnaryOperator<VmessClient> how) {
        rig = new ServerRig(allocator, NOW, false, List.of(new VmessUser("shop", UserKey.of(ID))));
        client.config().setAutoRead(false);
        client.config().setAllocator(allocator);
        client.freezeTime();
        how.apply(Vmess.client("localhost", 1024).user(ID).transport(this))
                .connect(new Request(destination, "test"), this);
        client.pipeline().addLast(clientReceiver);
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
            int up = clientToServer();
            int down = serverToClient();
            clientWrites += up;
            serverWrites += down;
            moved = up + down > 0;
        }
    }

    private int clientToServer() {
        int count = 0;
        for (ByteBuf wire = client.readOutbound(); wire != null; wire = client.readOutbound()) {
            clientBytes += wire.readableBytes();
            ServerRig.feed(server, wire);
            count++;
        }
        return count;
    }

    private int serverToClient() {
        int count = 0;
        for (ByteBuf wire = server.readOutbound(); wire != null; wire = server.readOutbound()) {
            ServerRig.feed(client, wire);
            count++;
        }
        return count;
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
