package dev.reversetunnel;

import static org.assertj.core.api.BDDAssertions.then;
import static org.assertj.core.api.BDDAssertions.thenThrownBy;
import static org.awaitility.Awaitility.await;

import dev.reversetunnel.Tunnels.Origin;
import dev.reversetunnel.net.Destination;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A name with several addresses, of which some are dead. */
class AddressRaceTest {
    private static final String NAME = "portal.example";

    private static List<InetAddress> addresses(String... texts) throws UnknownHostException {
        List<InetAddress> addresses = new ArrayList<>();
        for (String text : texts) {
            addresses.add(InetAddress.getByName(text));
        }
        return addresses;
    }

    private static ReverseTunnel node(int port, Duration timeout, NameService names) throws TunnelException {
        return ReverseTunnel.node()
                .outbound("origin", Outbound.to(NAME, port))
                .route(Rule.inbound(ReverseTunnel.DIAL).to("origin"))
                .names(names)
                .dialTimeout(timeout)
                .start();
    }

    /** TCP, to that name whatever is dialled. */
    private record Named() implements Transport {
        @Override
        public Future<Channel> dial(Destination remote, ChannelHandler handler, Dialer dialer) {
            return Transport.tcp().dial(Destination.tcp(NAME, remote.port()), handler, dialer);
        }

        @Override
        public Future<Channel> listen(InetSocketAddress local, ChannelHandler handler, InboundContext context) {
            return Transport.tcp().listen(local, handler, context);
        }
    }

    private static ServerSocket listen(String address, int port) throws Exception {
        ServerSocket server = new ServerSocket();
        server.bind(new InetSocketAddress(InetAddress.getByName(address), port));
        server.setSoTimeout(Tunnels.SOCKET_TIMEOUT);
        return server;
    }

    @Test
    void the_families_take_turns_and_the_first_stays_the_first() throws Exception {
        then(AddressRace.inTurns(addresses("::1", "::2", "::3", "127.0.0.1", "127.0.0.2")))
                .containsExactlyElementsOf(addresses("::1", "127.0.0.1", "::2", "127.0.0.2", "::3"));
        then(AddressRace.inTurns(addresses("127.0.0.1", "127.0.0.2", "::1")))
                .containsExactlyElementsOf(addresses("127.0.0.1", "::1", "127.0.0.2"));
        then(AddressRace.inTurns(addresses("127.0.0.1"))).containsExactlyElementsOf(addresses("127.0.0.1"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"127.0.0.2", "::1"})
    void an_address_that_does_not_answer_costs_a_moment_and_not_the_time_out(String dead) throws Exception {
        try (DeadAddress silent = new DeadAddress(dead, 0);
                ServerSocket server = listen("127.0.0.1", silent.port());
                // no time-out that a test could wait for
                ReverseTunnel node = node(silent.port(), Duration.ofHours(1), host -> addresses(dead, "127.0.0.1"))) {
            CompletableFuture<Connection> dialled = node.dial("any", 1);
            try (Socket accepted = server.accept();
                    Connection connection = dialled.get(10, TimeUnit.SECONDS)) {
                connection.output().write(7);
                then(accepted.getInputStream().read()).isEqualTo(7);
            }
        }
    }

    @Test
    void when_none_answers_the_time_out_is_that_of_the_dial() throws Exception {
        try (DeadAddress one = new DeadAddress("127.0.0.2", 0);
                DeadAddress two = new DeadAddress("127.0.0.3", one.port());
                ReverseTunnel node =
                        node(one.port(), Duration.ofMillis(600), host -> addresses("127.0.0.2", "127.0.0.3"))) {
            then(two.port()).isEqualTo(one.port());
            thenThrownBy(() -> node.dial("any", 1).get(10, TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .cause()
                    .isInstanceOf(TunnelException.class)
                    .hasMessageContaining(NAME)
                    .hasMessageContaining("600 ms")
                    .hasCauseInstanceOf(SocketTimeoutException.class);
        }
    }

    @Test
    void a_bridge_asks_for_the_name_at_each_attempt() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        AtomicInteger answers = new AtomicInteger();
        try (Origin origin = Origin.echo();
                Portal portal = Tunnels.portal();
                Bridge bridge = Tunnels.ready(ReverseTunnel.bridge("shop")
                        .domain(Tunnels.DOMAIN)
                        .connect(Plain.client(new Named(), portal.port("tunnels")))
                        .names(host -> {
                            asked.add(host);
                            // it moves: where it was first, nobody listens
                            return addresses(answers.getAndIncrement() < 2 ? "127.0.0.9" : "127.0.0.1");
                        })
                        .forward("127.0.0.1", origin.port()))) {
            then(asked).containsExactly(NAME, NAME, NAME);
            then(bridge.snapshot().tunnels()).hasSize(1);
        }
    }

    @Test
    void a_closed_node_leaves_no_dial_behind() throws Exception {
        CompletableFuture<Void> hangs = new CompletableFuture<>();
        CompletableFuture<Void> asked = new CompletableFuture<>();
        try (DeadAddress silent = new DeadAddress("127.0.0.2", 0)) {
            ReverseTunnel connecting = node(silent.port(), Duration.ofHours(1), host -> addresses("127.0.0.2"));
            ReverseTunnel looking = node(1, Duration.ofHours(1), host -> {
                asked.complete(null);
                hangs.join();
                return List.of();
            });
            CompletableFuture<Connection> first = connecting.dial("any", 1);
            CompletableFuture<Connection> second = looking.dial("any", 1);
            asked.get(10, TimeUnit.SECONDS);
            connecting.close();
            looking.close();
            for (CompletableFuture<Connection> dial : List.of(first, second)) {
                thenThrownBy(() -> dial.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
            }
        } finally {
            hangs.complete(null);
        }
        await().until(() -> Tunnels.reverseThreads() == 0);
    }
}
