package dev.reversetunnel.vless;

import dev.reversetunnel.ChannelEnds;
import dev.reversetunnel.Dialer;
import dev.reversetunnel.Outbound;
import dev.reversetunnel.Relay;
import dev.reversetunnel.Request;
import dev.reversetunnel.TunnelException;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.ByteArrayOutputStream;
import java.util.HashMap;
import java.util.Map;

/** What a visitor gets of a bridge, by hand: takes what he sends, and answers as it is told. */
final class SessionProbe extends ChannelInboundHandlerAdapter {
    private final Request request;
    private final Channel channel;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private boolean ended;

    private SessionProbe(Request request, Channel channel) {
        this.request = request;
        this.channel = channel;
    }

    Request request() {
        return request;
    }

    /** All that came, once it is so much. */
    synchronized byte[] awaitBytes(int count) throws InterruptedException {
        while (received.size() < count) {
            wait();
        }
        return received.toByteArray();
    }

    /** Until the visitor has ended or gone. */
    synchronized void awaitEnd() throws InterruptedException {
        while (!ended) {
            wait();
        }
    }

    void answer(byte[] bytes) {
        channel.writeAndFlush(Unpooled.copiedBuffer(bytes));
    }

    void answer(Destination from, byte[] bytes) {
        channel.writeAndFlush(new Datagram(from.on(Network.UDP), Unpooled.copiedBuffer(bytes)));
    }

    void end(boolean error) {
        if (error) {
            ChannelEnds.reset(channel);
        } else {
            channel.eventLoop().execute(() -> ChannelEnds.closeAfterFlush(channel));
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf bytes = message instanceof Datagram datagram ? datagram.content() : (ByteBuf) message;
        synchronized (this) {
            received.writeBytes(ByteBufUtil.getBytes(bytes));
            notifyAll();
        }
        ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event == ChannelInputShutdownEvent.INSTANCE) {
            markEnd();
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        markEnd();
    }

    private synchronized void markEnd() {
        ended = true;
        notifyAll();
    }

    /** Takes sessions over, and finds them again by the port that their visitor came from. */
    static final class Sessions implements Outbound {
        private final Map<Integer, SessionProbe> bySource = new HashMap<>();

        synchronized SessionProbe await(int sourcePort) throws InterruptedException {
            while (!bySource.containsKey(sourcePort)) {
                wait();
            }
            return bySource.get(sourcePort);
        }

        @Override
        public synchronized void take(Request request, Channel channel, Relay relay) {
            SessionProbe probe = new SessionProbe(request, channel);
            channel.pipeline().addLast(probe);
            channel.config().setAutoRead(true);
            bySource.put(request.source() == null ? 0 : request.source().getPort(), probe);
            notifyAll();
        }

        @Override
        public Future<Channel> connect(Request request, Dialer dialer) {
            return dialer.loop().newFailedFuture(new TunnelException("takes sessions over"));
        }
    }
}
