package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What our own loops see of a TCP connection, on either Netty. */
class TcpSignsNetty41IT {
    @Test
    void our_own_loops_tell_a_living_peer_where_epoll_is() throws Exception {
        try (Loops loops = Loops.share();
                ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Channel channel = new Bootstrap()
                    .group(loops.group())
                    .channel(Loops.socketClass(loops.group().next()))
                    .handler(new ChannelInboundHandlerAdapter())
                    .connect(server.getLocalSocketAddress())
                    .sync()
                    .channel();
            try (Socket peer = server.accept()) {
                channel.writeAndFlush(channel.alloc().buffer(1).writeByte(7)).sync();
                then(peer.getInputStream().read()).isEqualTo(7);
                TcpSigns signs = Loops.tcpSigns(channel);
                then(signs != null).isEqualTo(Epoll.isAvailable());
                if (signs != null) {
                    then(signs.retransmits()).isZero();
                    then(signs.probes()).isZero();
                    then(signs.sinceAcknowledged()).isBetween(Duration.ZERO, Duration.ofMinutes(1));
                }
            }
            channel.close().sync();
        }
    }
}
