package dev.reversetunnel;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Waits for the PROXY protocol's header, either version, in front of what a visitor says, then gives way. Behind
 * Netty's decoder, which is gone by then as well. What follows the header is held until somebody reads.
 */
final class ProxyHeaderReader extends ChannelInboundHandlerAdapter {
    /** Of our choice: a proxy sends it as soon as it has connected. */
    static final long PATIENCE_MILLIS = 10_000;

    /**
     * Of our choice: certificates and the like, which nobody here reads, may take so much. nginx allows 4,096 in all.
     */
    private static final int MAX_TLV_BYTES = 4_096;

    private final Visitors visitors;
    private @Nullable Future<?> impatience;
    private boolean done;

    /** Who gets the visitors. Called on their event loops, once for each. */
    interface Visitors {
        /**
         * His header is here, or none was needed.
         *
         * @param visitor not reading yet
         * @param source his address, null if it is not known
         * @param local the address that he reached, null if it is not known
         */
        void arrived(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local);

        /**
         * There was no header, or no valid one: he is to be sent away.
         *
         * @param proxy who should have sent it
         * @param reason what is wrong
         */
        void refused(Channel proxy, String reason);
    }

    private ProxyHeaderReader(Visitors visitors) {
        this.visitors = visitors;
    }

    /** Puts decoder and reader into the pipeline of a connection that is being accepted. */
    static void install(Channel connection, Visitors visitors) {
        connection.pipeline().addLast(new HAProxyMessageDecoder(MAX_TLV_BYTES), new ProxyHeaderReader(visitors));
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        impatience = ctx.executor()
                .schedule(
                        () -> refuse(ctx, "no header of the PROXY protocol came within " + PATIENCE_MILLIS + " ms"),
                        PATIENCE_MILLIS,
                        TimeUnit.MILLISECONDS);
        ctx.read(); // as often as it takes: the decoder asks for more
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        HAProxyMessage header = (HAProxyMessage) message;
        if (done) { // sent away; what he sent behind that is decoded when his connection closes
            header.release();
            return;
        }
        Channel visitor = ctx.channel();
        InetSocketAddress source = ChannelAddresses.source(visitor);
        InetSocketAddress local = ChannelAddresses.local(visitor);
        if (tellsAddresses(header)) {
            source = address(header.sourceAddress(), header.sourcePort());
            local = address(header.destinationAddress(), header.destinationPort());
        }
        header.release();
        finish();
        ctx.pipeline().addAfter(ctx.name(), null, new HoldUntilRead());
        ctx.pipeline().remove(this);
        hand(visitor, source, local);
    }

    private void hand(Channel visitor, @Nullable InetSocketAddress source, @Nullable InetSocketAddress local) {
        // Behind the bytes that came with the header, which the decoder has still to give away.
        visitor.eventLoop().execute(() -> visitors.arrived(visitor, source, local));
    }

    /**
     * Not LOCAL, which is the proxy itself, to see whether we live; not UNKNOWN; and not what it has taken from a Unix
     * socket or in datagrams, which is no visitor of ours.
     */
    private static boolean tellsAddresses(HAProxyMessage header) {
        HAProxyProxiedProtocol proxied = header.proxiedProtocol();
        return header.command() == HAProxyCommand.PROXY
                && (proxied == HAProxyProxiedProtocol.TCP4 || proxied == HAProxyProxiedProtocol.TCP6);
    }

    private static @Nullable InetSocketAddress address(String text, int port) {
        InetAddress address = NetUtil.createInetAddressFromIpAddressString(text);
        return address == null ? null : new InetSocketAddress(address, port);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            refuse(ctx, "it ended before a header of the PROXY protocol was complete");
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        if (cause instanceof DecoderException) {
            refuse(ctx, "it sent no valid header of the PROXY protocol; is it switched on there?"); // not what it sent
        } else {
            ctx.close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        finish();
        ctx.fireChannelInactive();
    }

    private void refuse(ChannelHandlerContext ctx, String reason) {
        if (!done) {
            finish();
            visitors.refused(ctx.channel(), reason);
        }
    }

    private void finish() {
        done = true;
        if (impatience != null) {
            impatience.cancel(false);
        }
    }
}
