package dev.reversetunnel;

import dev.reversetunnel.net.Destination;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * UDP sockets, of epoll or NIO as their event loop is: for inbounds and outbounds whose protocol has datagrams of its
 * own. They give and take {@link DatagramPacket}s and read nothing until {@code autoRead} is switched on. No datagram
 * is cut.
 *
 * <p>Of what is read, only {@link #payload} should be kept; what is written must have gone through {@link #whole}.
 */
public final class UdpSockets {
    /** UDP can carry no more: its length field counts 8 bytes of header. */
    private static final int LARGEST = 65_527;

    /** Its old name, the only one that Netty 4.1 knows. */
    @SuppressWarnings("deprecation")
    private static final ChannelOption<RecvByteBufAllocator> READS = ChannelOption.RCVBUF_ALLOCATOR;

    private UdpSockets() {}

    /** A socket on the loop, not bound, not reading. */
    private static Bootstrap bootstrap(EventLoop loop, ChannelHandler handler) {
        return new Bootstrap()
                .group(loop)
                .channel(Loops.datagramClass(loop))
                .handler(handler)
                .option(ChannelOption.AUTO_READ, false)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(READS, new FixedRecvByteBufAllocator(LARGEST));
    }

    /**
     * Opens a socket on a port of the system's choice, for any number of targets.
     *
     * @param dialer how the node reaches the network; the socket is on its loop
     * @param handler the first in the pipeline, or an initializer
     * @return the socket, bound; or why not, as a {@link TunnelException}
     */
    public static Future<Channel> open(Dialer dialer, ChannelHandler handler) {
        return bind(new InetSocketAddress(0), dialer.loop(), handler, "cannot open a UDP socket: ");
    }

    /**
     * Opens a socket on a port of ours.
     *
     * @param local address and port; port 0 picks a free one
     * @param loop the event loop of the socket, and so of all its visitors' associations
     * @param handler the first in the pipeline, or an initializer; hears {@code channelActive} when the port is bound
     * @return the socket, bound; or why not, as a {@link TunnelException} that names the port
     */
    public static Future<Channel> listen(InetSocketAddress local, EventLoop loop, ChannelHandler handler) {
        return bind(
                local,
                loop,
                handler,
                "cannot listen for datagrams on port " + local.getPort() + " of " + local.getHostString() + ": ");
    }

    /**
     * Listens for streams and for datagrams at ports of the same number. When any will do, and the one that is picked
     * for streams is taken for datagrams, another one is picked.
     *
     * @param local address and port; port 0 picks a free one
     * @param context the node
     * @param streams listens for streams
     * @param datagrams listens for datagrams, as by {@link #listen}, at the port that was picked
     * @return the listening channel of streams, with which that of datagrams is closed; or why not
     */
    public static Future<Channel> listenBeside(
            InetSocketAddress local,
            InboundContext context,
            Supplier<Future<Channel>> streams,
            Function<InetSocketAddress, Future<Channel>> datagrams) {
        return new TwoSockets(local, context.loops().next(), streams, datagrams).bind();
    }

    private static Future<Channel> bind(InetSocketAddress local, EventLoop loop, ChannelHandler handler, String what) {
        Promise<Channel> result = loop.newPromise();
        bootstrap(loop, handler).bind(local).addListener((ChannelFutureListener) bound -> {
            if (bound.isSuccess()) {
                result.setSuccess(bound.channel());
            } else {
                String hint = TcpTransport.isInUse(bound.cause())
                        ? "; stop the other program, or choose another port (0 picks a free one)"
                        : "";
                result.setFailure(new TunnelException(what + bound.cause().getMessage() + hint, bound.cause()));
            }
        });
        return result;
    }

    /**
     * Opens a socket for one target, which is looked up. The system tells such a socket when nobody listens there: by a
     * {@link java.net.PortUnreachableException} or a {@link java.net.ConnectException} of the channel.
     *
     * @param remote the target
     * @param dialer how the node reaches the network; the socket is on its loop
     * @param handler the first in the pipeline, or an initializer; sharable, for several addresses may have to be tried
     * @return the socket, connected, which takes plain {@link ByteBuf}s as well; or why not, as a
     *     {@link TunnelException}
     */
    public static Future<Channel> connect(Destination remote, Dialer dialer, ChannelHandler handler) {
        Promise<Channel> result = dialer.loop().newPromise();
        var impatience = dialer.loop()
                .schedule(
                        () -> result.tryFailure(
                                new TunnelException("looking up " + remote.host() + " takes longer than "
                                        + dialer.timeout().toMillis() + " ms; does the name server answer?")),
                        dialer.timeout().toMillis(),
                        TimeUnit.MILLISECONDS);
        result.addListener(done -> impatience.cancel(false));
        dialer.resolve(remote.host()).addListener((Future<List<InetAddress>> found) -> {
            if (found.isSuccess()) {
                connect(remote, found.getNow(), 0, dialer, handler, result);
            } else {
                result.tryFailure(unresolved(remote, found.cause()));
            }
        });
        return result;
    }

    private static void connect(
            Destination remote,
            List<InetAddress> addresses,
            int index,
            Dialer dialer,
            ChannelHandler handler,
            Promise<Channel> result) {
        InetSocketAddress address = new InetSocketAddress(addresses.get(index), remote.port());
        bootstrap(dialer.loop(), handler).connect(address).addListener((ChannelFutureListener) attempt -> {
            if (attempt.isSuccess()) {
                if (!result.trySuccess(attempt.channel())) {
                    attempt.channel().close();
                }
            } else if (index + 1 < addresses.size()) { // no way to the first one's family, say
                connect(remote, addresses, index + 1, dialer, handler, result);
            } else {
                result.tryFailure(new TunnelException(
                        "cannot send to " + remote + ": " + attempt.cause().getMessage(), attempt.cause()));
            }
        });
    }

    static TunnelException unresolved(Destination remote, Throwable cause) {
        if (cause instanceof TunnelException known) {
            return known;
        }
        return cause instanceof UnknownHostException
                ? new TunnelException(
                        "the name " + remote.host() + " does not resolve; is it spelled right, and is there a network?",
                        cause)
                : new TunnelException("looking up " + remote.host() + " failed: " + cause.getMessage(), cause);
    }

    /**
     * The payload of a packet that was read, in a buffer of its size: the one that it was read into has room for many
     * of the largest, and would stay in use for as long as this one waits somewhere.
     *
     * @param packet as the socket gave it; released
     * @return the payload, which belongs to the caller
     */
    public static ByteBuf payload(DatagramPacket packet) {
        ByteBuf read = packet.content();
        int length = read.readableBytes();
        try {
            return PooledByteBufAllocator.DEFAULT.ioBuffer(length, length).writeBytes(read);
        } finally {
            packet.release();
        }
    }

    /**
     * A payload as a UDP socket of Netty can send it: in one piece. Of one in several pieces, epoll may send the first
     * few only, without an error: the list of pieces is shared with the streams of the event loop, and keeps the limit
     * of bytes that the last of them has set (Netty 4.2.18, {@code IovArray.clear()}).
     *
     * @param payload given away
     * @return the same, or a copy in one piece; belongs to the caller
     */
    public static ByteBuf whole(ByteBuf payload) {
        if (payload.nioBufferCount() == 1) {
            return payload;
        }
        int length = payload.readableBytes();
        try {
            return PooledByteBufAllocator.DEFAULT.ioBuffer(length, length).writeBytes(payload);
        } finally {
            payload.release();
        }
    }
}
