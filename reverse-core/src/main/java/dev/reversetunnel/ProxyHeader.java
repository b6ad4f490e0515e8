package dev.reversetunnel;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageEncoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolVersion;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What tells a backend the address of its visitor. */
final class ProxyHeader {
    /** Section 2.1 of the document: a receiver takes the connection's own addresses. */
    private static final String UNKNOWN = "PROXY UNKNOWN\r\n";

    private ProxyHeader() {}

    /**
     * Puts a header in front of all that is written to a channel.
     *
     * @param dialling becomes the channel, which nobody has written to
     * @param loop that of the channel
     * @return the same channel
     */
    static Future<Channel> inFront(Future<Channel> dialling, Request request, ProxyProtocol version, EventLoop loop) {
        Promise<Channel> result = loop.newPromise();
        dialling.addListener((Future<Channel> dialled) -> {
            if (!dialled.isSuccess()) {
                result.setFailure(dialled.cause());
                return;
            }
            Channel channel = dialled.getNow();
            write(request, version, channel);
            if (!result.trySuccess(channel)) {
                channel.close();
            }
        });
        return result;
    }

    /** Without a flush: what the visitor has said already goes out in the same write. */
    static void write(Request request, ProxyProtocol version, Channel channel) {
        InetSocketAddress source = resolved(request.source());
        if (source != null) {
            encode(known(source, resolved(request.local()), version), channel);
        } else if (version == ProxyProtocol.V1) {
            channel.write(
                    Unpooled.copiedBuffer(UNKNOWN, StandardCharsets.US_ASCII)); // Netty's encoder does not know it
        } else {
            encode(
                    new HAProxyMessage(
                            HAProxyProtocolVersion.V2,
                            HAProxyCommand.LOCAL,
                            HAProxyProxiedProtocol.UNKNOWN,
                            null,
                            null,
                            0,
                            0),
                    channel);
        }
        // If he is silent, the backend may be the one who speaks first, and it waits for this: a delay of nothing lets
        // the loop look at its sockets once before.
        channel.eventLoop().schedule(channel::flush, 0, TimeUnit.NANOSECONDS);
    }

    private static void encode(HAProxyMessage message, Channel channel) {
        channel.pipeline().addLast(HAProxyMessageEncoder.INSTANCE);
        channel.write(message);
        channel.pipeline().remove(HAProxyMessageEncoder.INSTANCE);
    }

    private static HAProxyMessage known(
            InetSocketAddress source, @Nullable InetSocketAddress reached, ProxyProtocol version) {
        // One family for both addresses: IPv4 beside IPv6 is written as IPv6.
        boolean four = isFour(source) && (reached == null || isFour(reached));
        InetSocketAddress local = reached != null ? reached : new InetSocketAddress(four ? "0.0.0.0" : "::", 0);
        return new HAProxyMessage(
                version == ProxyProtocol.V1 ? HAProxyProtocolVersion.V1 : HAProxyProtocolVersion.V2,
                HAProxyCommand.PROXY,
                four ? HAProxyProxiedProtocol.TCP4 : HAProxyProxiedProtocol.TCP6,
                text(source, four),
                text(local, four),
                source.getPort(),
                local.getPort());
    }

    private static @Nullable InetSocketAddress resolved(@Nullable InetSocketAddress address) {
        return address == null || address.isUnresolved() ? null : address;
    }

    private static boolean isFour(InetSocketAddress address) {
        return address.getAddress() instanceof Inet4Address;
    }

    private static String text(InetSocketAddress address, boolean four) {
        String text = NetUtil.toAddressString(address.getAddress());
        return four || !isFour(address) ? text : "::ffff:" + text;
    }
}
