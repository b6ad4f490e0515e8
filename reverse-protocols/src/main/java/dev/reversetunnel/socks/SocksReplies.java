package dev.reversetunnel.socks;

import dev.reversetunnel.RefusedException;
import io.netty.handler.codec.socksx.v5.Socks5CommandStatus;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/** What a server says to a request, in bytes, for by then Netty's codec has left; and what a client makes of it. */
final class SocksReplies {
    /**
     * The address that follows would be that of the outbound's socket, which nobody needs and not every outbound has.
     */
    static final byte[] SUCCESS = reply(Socks5CommandStatus.SUCCESS);

    private SocksReplies() {}

    static byte[] failure(Throwable cause) {
        return reply(status(cause));
    }

    private static byte[] reply(Socks5CommandStatus status) {
        return new byte[] {5, status.byteValue(), 0, 1, 0, 0, 0, 0, 0, 0};
    }

    /** The success of an association: where its datagrams go to. */
    static byte[] associated(InetSocketAddress relay) {
        byte[] ip = relay.getAddress().getAddress();
        byte[] reply = new byte[4 + ip.length + 2];
        reply[0] = 5;
        reply[3] = (byte) (ip.length == 4 ? 1 : 4);
        System.arraycopy(ip, 0, reply, 4, ip.length);
        reply[4 + ip.length] = (byte) (relay.getPort() >> 8);
        reply[5 + ip.length] = (byte) relay.getPort();
        return reply;
    }

    static Socks5CommandStatus status(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedException) {
                return Socks5CommandStatus.FORBIDDEN;
            }
            if (cause instanceof UnknownHostException
                    || cause instanceof NoRouteToHostException
                    || cause instanceof SocketTimeoutException
                    || cause instanceof io.netty.channel.ConnectTimeoutException) {
                return Socks5CommandStatus.HOST_UNREACHABLE;
            }
            if (cause instanceof ConnectException) {
                return Socks5CommandStatus.CONNECTION_REFUSED;
            }
        }
        return Socks5CommandStatus.FAILURE;
    }
}
