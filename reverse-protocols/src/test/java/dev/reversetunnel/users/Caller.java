package dev.reversetunnel.users;

import dev.reversetunnel.Connection;
import dev.reversetunnel.NetworkMember;
import dev.reversetunnel.ReverseTunnel;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import dev.reversetunnel.net.Network;
import dev.reversetunnel.peers.Socks5;
import dev.reversetunnel.peers.Socks5Association;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/** How a program of a member asks a service of another one. */
interface Caller extends AutoCloseable {
    /** What a caller is told who is not let through. */
    String REFUSED = "refused";

    /**
     * Asks once, by a connection or association of its own.
     *
     * @param givesUp whether it is known that no datagram comes
     * @return what came back, or {@link #REFUSED}
     */
    String ask(Destination service, BooleanSupplier givesUp) throws Exception;

    @Override
    default void close() {}

    /** By Java code in the member's JVM. */
    static Caller dialling(NetworkMember member) {
        return (service, givesUp) -> service.network() == Network.TCP
                ? talk(member.dial(service.host(), service.port()))
                : exchange(service, givesUp, handler -> member.dial(service, handler));
    }

    /** By a Shadowsocks client, who comes in at the member's own server. */
    static Caller through(ReverseTunnel client) {
        return new Caller() {
            @Override
            public String ask(Destination service, BooleanSupplier givesUp) throws Exception {
                return service.network() == Network.TCP
                        ? talk(client.dial(service.host(), service.port()))
                        : exchange(service, givesUp, handler -> client.dial(ReverseTunnel.DIAL, service, handler));
            }

            @Override
            public void close() {
                client.close();
            }
        };
    }

    /** By a SOCKS5 client, who comes in at the member's proxy. */
    static Caller socks(int port) {
        return (service, givesUp) -> {
            if (service.network() == Network.TCP) {
                try (Socket socket = Socks5.at(port).connect(service.host(), service.port())) {
                    return talk(socket.getInputStream(), socket.getOutputStream());
                } catch (Socks5.RefusedException e) {
                    return REFUSED;
                }
            }
            try (Socks5Association association = Socks5.at(port).associate()) {
                CompletableFuture<String> answer = CompletableFuture.supplyAsync(() -> {
                    try {
                        return association.receive().text();
                    } catch (IOException e) {
                        return REFUSED;
                    }
                });
                while (true) {
                    association.send(service.host(), service.port(), "?");
                    try {
                        return answer.get(20, TimeUnit.MILLISECONDS);
                    } catch (TimeoutException e) {
                        if (givesUp.getAsBoolean()) {
                            return REFUSED;
                        }
                    }
                }
            }
        };
    }

    private static String talk(CompletableFuture<Connection> dialled) throws Exception {
        try (Connection connection = dialled.get(10, TimeUnit.SECONDS).timeout(Duration.ofSeconds(10))) {
            return talk(connection.input(), connection.output());
        } catch (ExecutionException e) {
            return REFUSED;
        }
    }

    private static String talk(InputStream in, OutputStream out) {
        try {
            out.write('?');
            out.flush();
            byte[] answer = new byte[100];
            int length = in.read(answer);
            return length < 0 ? REFUSED : new String(answer, 0, length, StandardCharsets.US_ASCII);
        } catch (java.net.SocketTimeoutException e) {
            return "left hanging";
        } catch (IOException e) {
            return REFUSED;
        }
    }

    /** Opens a channel of datagrams. */
    interface Opening {
        CompletableFuture<Channel> with(ChannelHandler handler);
    }

    private static String exchange(Destination service, BooleanSupplier givesUp, Opening opening) throws Exception {
        CompletableFuture<String> answer = new CompletableFuture<>();
        Channel channel = opening.with(new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                        Datagram datagram = (Datagram) message;
                        answer.complete(datagram.content().toString(StandardCharsets.US_ASCII));
                        datagram.release();
                    }
                })
                .get(10, TimeUnit.SECONDS);
        try {
            while (true) {
                channel.writeAndFlush(new Datagram(service, Unpooled.copiedBuffer("?", StandardCharsets.US_ASCII)));
                try {
                    return answer.get(20, TimeUnit.MILLISECONDS);
                } catch (TimeoutException e) {
                    if (givesUp.getAsBoolean()) {
                        return REFUSED;
                    }
                }
            }
        } finally {
            channel.close().sync();
        }
    }
}
