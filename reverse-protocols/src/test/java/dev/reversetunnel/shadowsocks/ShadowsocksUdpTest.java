package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.Command;
import dev.reversetunnel.Grant;
import dev.reversetunnel.InboundContext;
import dev.reversetunnel.Request;
import dev.reversetunnel.Strangers;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.crypto.Randomness;
import dev.reversetunnel.door.Door;
import dev.reversetunnel.door.DoorBook;
import dev.reversetunnel.door.Manner;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.lab.ManualClock;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.DatagramPacket;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Datagrams of both editions, from a client's socket to a server's and back. */
class ShadowsocksUdpTest implements InboundContext {
    private static final ShadowsocksMethod OLD = ShadowsocksMethod.AES_128_GCM;
    private static final ShadowsocksMethod NEW = ShadowsocksMethod.BLAKE3_AES_128_GCM_2022;
    private static final Destination DNS = Destination.udp("192.0.2.53", 53);
    private static final Destination GAME = Destination.udp("game.example", 7_777);
    private static final InetSocketAddress SERVER = DoorRig.peer("192.0.2.1", 8_388);
    private static final InetSocketAddress HOME = DoorRig.peer("198.51.100.7", 40_000);
    private static final InetSocketAddress ROAMING = DoorRig.peer("203.0.113.9", 50_000);

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private final ManualClock clock = ManualClock.atSecond(ShadowsocksRig.NOW);
    private final DoorBook book = new DoorBook(ShadowsocksServer.class, () -> 0);
    private final Door door = new Door(this, Manner.RESET, Duration.ofSeconds(60), new Strangers(1_024, 64), book);
    private final List<Request> requests = new ArrayList<>();
    private final List<Channel> associations = new ArrayList<>();
    private final List<Receiver> receivers = new ArrayList<>();
    private final List<EmbeddedChannel> sockets = new ArrayList<>();
    private long nanos;

    // ---- a node ----

    @Override
    public void handle(Request request, Channel channel) {
        requests.add(request);
        associations.add(channel);
        Receiver receiver = new Receiver();
        receivers.add(receiver);
        channel.pipeline().addLast(receiver);
        channel.config().setAutoRead(true);
    }

    @Override
    public String tag() {
        return "ss-in";
    }

    @Override
    public void accepted(Channel channel) {}

    @Override
    public EventLoopGroup loops() {
        throw new UnsupportedOperationException();
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @AfterEach
    void close() {
        sockets.forEach(EmbeddedChannel::finishAndReleaseAll);
    }

    // ---- two sockets ----

    private EmbeddedChannel socket(ChannelHandler handler) {
        EmbeddedChannel socket = new EmbeddedChannel();
        socket.config().setAllocator(buffers.allocator());
        socket.pipeline().addLast(handler);
        sockets.add(socket);
        return socket;
    }

    private EmbeddedChannel server(ShadowsocksUser... users) {
        return server(null, 100, users);
    }

    private EmbeddedChannel server(@Nullable UserKey serverKey, int maxSessions, ShadowsocksUser... users) {
        UdpContext context = new UdpContext(door, user -> Grant.BOTH, 16, null);
        return socket(
                users[0].method().is2022()
                        ? new UdpServer2022(context, new Users2022(serverKey, List.of(users)), maxSessions, () -> nanos)
                        : new UdpServer2017(context, List.of(users)));
    }

    private EmbeddedChannel client(ShadowsocksUser user, ClientKey key) {
        EmbeddedChannel socket = socket(
                user.method().is2022()
                        ? new UdpClient2022(user.method(), key, clock::second, () -> nanos, Randomness.secure(), null)
                        : new UdpClient2017(user.method(), key.own(), Randomness.secure(), null));
        socket.pipeline().addLast(new Receiver());
        return socket;
    }

    private EmbeddedChannel client(ShadowsocksUser user) {
        return client(user, new ClientKey(List.of(), user.key()));
    }

    private static ShadowsocksUser user(String name, ShadowsocksMethod method) {
        return ShadowsocksRig.user(name, method, method.newPassword());
    }

    private Datagram datagram(Destination peer, String text) {
        return new Datagram(peer, buffers.of(text.getBytes(StandardCharsets.US_ASCII)));
    }

    /** What a client sends for that. */
    private byte[] packet(EmbeddedChannel client, Destination target, String text) {
        client.writeAndFlush(datagram(target, text));
        return bytes(client.readOutbound());
    }

    private static byte[] bytes(ByteBuf buffer) {
        byte[] bytes = new byte[buffer.readableBytes()];
        buffer.readBytes(bytes);
        buffer.release();
        return bytes;
    }

    private void arrives(EmbeddedChannel socket, InetSocketAddress from, byte[] packet) {
        DoorRig.feed(socket, new DatagramPacket(buffers.of(packet), SERVER, from));
    }

    private DatagramPacket answer(EmbeddedChannel server, int association, Destination source, String text) {
        associations.get(association).writeAndFlush(datagram(source, text));
        server.runPendingTasks();
        return server.readOutbound();
    }

    private static List<String> texts(Receiver receiver) {
        List<String> texts = new ArrayList<>();
        byte[] all = receiver.bytes();
        int at = 0;
        for (int size : receiver.sizes()) {
            texts.add(new String(all, at, size, StandardCharsets.US_ASCII));
            at += size;
        }
        return texts;
    }

    // ---- there and back ----

    @ParameterizedTest
    @EnumSource
    void datagrams_go_there_and_back(ShadowsocksMethod method) {
        ShadowsocksUser shop = user("shop", method);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);

        arrives(server, HOME, packet(client, DNS, "question"));
        arrives(server, HOME, packet(client, GAME, "move"));
        arrives(server, HOME, packet(client, GAME, ""));
        then(requests).containsExactly(new Request(Command.CONNECT, DNS, "ss-in", "shop", Grant.BOTH, HOME, null));
        then(texts(receivers.get(0))).containsExactly("question", "move", "");
        then(receivers.get(0).peers()).containsExactly(DNS, GAME, GAME);

        DatagramPacket packet = answer(server, 0, DNS, "answer");
        then(packet.recipient()).isEqualTo(HOME);
        arrives(client, SERVER, bytes(packet.content()));
        Receiver heard = client.pipeline().get(Receiver.class);
        then(texts(heard)).containsExactly("answer");
        then(heard.peers()).containsExactly(DNS);
    }

    @ParameterizedTest
    @EnumSource
    void what_was_changed_is_dropped_without_a_word(ShadowsocksMethod method) {
        ShadowsocksUser shop = user("shop", method);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);
        byte[] packet = packet(client, GAME, "move");
        for (int bit = 0; bit < packet.length * 8; bit++) {
            byte[] changed = packet.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            arrives(server, HOME, changed);
        }
        for (int length = 0; length < packet.length; length++) {
            arrives(server, HOME, Arrays.copyOf(packet, length));
        }
        then(requests).isEmpty();
        then(server.outboundMessages()).isEmpty();
        arrives(server, HOME, packet);
        then(requests).hasSize(1);

        byte[] answer = bytes(answer(server, 0, GAME, "answer").content());
        for (int bit = 0; bit < answer.length * 8; bit++) {
            byte[] changed = answer.clone();
            changed[bit / 8] ^= (byte) (1 << bit % 8);
            arrives(client, SERVER, changed);
        }
        then(client.pipeline().get(Receiver.class).sizes()).isEmpty();
        arrives(client, SERVER, answer);
        then(client.pipeline().get(Receiver.class).sizes()).hasSize(1);
    }

    @ParameterizedTest
    @EnumSource
    void noise_is_dropped_without_a_word(ShadowsocksMethod method) {
        EmbeddedChannel server = server(user("shop", method));
        Random random = new Random(1);
        for (int i = 0; i < 2_000; i++) {
            byte[] noise = new byte[random.nextInt(200)];
            random.nextBytes(noise);
            arrives(server, HOME, noise);
        }
        then(requests).isEmpty();
        then(server.outboundMessages()).isEmpty();
    }

    @ParameterizedTest
    @EnumSource
    void what_is_too_large_for_a_packet_is_dropped(ShadowsocksMethod method) {
        ShadowsocksUser shop = user("shop", method);
        EmbeddedChannel client = client(shop);
        then(client.writeOneOutbound(new Datagram(GAME, buffers.of(new byte[65_500])))
                        .isSuccess())
                .isTrue();
        then(client.outboundMessages()).isEmpty();
        byte[] large = new byte[60_000];
        client.writeAndFlush(new Datagram(GAME, buffers.of(large)));
        EmbeddedChannel server = server(shop);
        arrives(server, HOME, bytes(client.readOutbound()));
        then(receivers.get(0).bytes()).isEqualTo(large);
    }

    // ---- several users ----

    @Test
    void tells_users_of_2017_apart_by_their_keys() {
        ShadowsocksUser one = user("one", OLD);
        ShadowsocksUser two = user("two", ShadowsocksMethod.CHACHA20_IETF_POLY1305);
        EmbeddedChannel server = server(one, two);
        arrives(server, HOME, packet(client(two), GAME, "of two"));
        arrives(server, HOME, packet(client(one), GAME, "of one"));
        then(requests.stream().map(Request::user)).containsExactly("two", "one");
    }

    @Test
    void tells_users_of_2022_apart_by_identity_headers() {
        UserKey serverKey = UserKey.of(NEW, "key", NEW.newPassword());
        ShadowsocksUser one = user("one", NEW);
        ShadowsocksUser two = user("two", NEW);
        EmbeddedChannel server = server(serverKey, 100, one, two);
        EmbeddedChannel client = client(two, new ClientKey(List.of(serverKey), two.key()));
        arrives(server, HOME, packet(client, GAME, "of two"));
        then(requests.stream().map(Request::user)).containsExactly("two");
        arrives(client, SERVER, bytes(answer(server, 0, GAME, "answer").content()));
        then(client.pipeline().get(Receiver.class).sizes()).hasSize(1);

        arrives(server, HOME, packet(client(one), GAME, "without a header"));
        ShadowsocksUser nobody = user("nobody", NEW);
        arrives(server, HOME, packet(client(nobody, new ClientKey(List.of(serverKey), nobody.key())), GAME, "x"));
        then(requests).hasSize(1);
    }

    // ---- sessions ----

    @Test
    void in_2017_each_address_is_an_association() {
        ShadowsocksUser shop = user("shop", OLD);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);
        arrives(server, HOME, packet(client, GAME, "one"));
        arrives(server, ROAMING, packet(client, GAME, "two"));
        then(requests).hasSize(2);
        DatagramPacket first = answer(server, 0, GAME, "to home");
        then(first.recipient()).isEqualTo(HOME);
        first.release();
        DatagramPacket second = answer(server, 1, GAME, "to the other");
        then(second.recipient()).isEqualTo(ROAMING);
        second.release();
    }

    @ParameterizedTest
    @EnumSource(names = {"BLAKE3_AES_128_GCM_2022", "BLAKE3_CHACHA20_POLY1305_2022"})
    void in_2022_answers_go_where_the_last_good_packet_came_from(ShadowsocksMethod method) {
        ShadowsocksUser shop = user("shop", method);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);
        arrives(server, HOME, packet(client, GAME, "one"));
        byte[] second = packet(client, GAME, "two");
        byte[] changed = second.clone();
        changed[changed.length - 1] ^= 1;
        arrives(server, ROAMING, changed);
        DatagramPacket toHome = answer(server, 0, GAME, "answer");
        then(toHome.recipient()).isEqualTo(HOME);
        toHome.release();

        arrives(server, ROAMING, second);
        DatagramPacket toRoaming = answer(server, 0, GAME, "answer");
        then(toRoaming.recipient()).isEqualTo(ROAMING);
        toRoaming.release();
        then(requests).as("one session, one association").hasSize(1);
    }

    @ParameterizedTest
    @EnumSource(names = {"BLAKE3_AES_128_GCM_2022", "BLAKE3_CHACHA20_POLY1305_2022"})
    void in_2022_no_packet_is_taken_twice_at_any_time(ShadowsocksMethod method) {
        ShadowsocksUser shop = user("shop", method);
        EmbeddedChannel server = server(null, 2, shop);
        byte[] packet = packet(client(shop), GAME, "once");
        arrives(server, HOME, packet);
        for (int second = 0; second < 400; second += 5) {
            clock.setSecond(ShadowsocksRig.NOW + second);
            nanos = Duration.ofSeconds(second).toNanos();
            arrives(server, ROAMING, packet);
            if (second == 20) {
                associations.get(0).close(); // idle for the node, but not forgotten
            }
            if (second % 50 == 25) {
                arrives(server, HOME, packet(client(shop), GAME, "another session"));
            }
        }
        then(receivers.stream().flatMap(receiver -> texts(receiver).stream()))
                .filteredOn("once"::equals)
                .hasSize(1);
    }

    @Test
    void in_2022_a_session_goes_on_after_its_association_was_idle() {
        ShadowsocksUser shop = user("shop", NEW);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);
        arrives(server, HOME, packet(client, GAME, "one"));
        arrives(client, SERVER, bytes(answer(server, 0, GAME, "first").content()));
        associations.get(0).close();
        arrives(server, HOME, packet(client, GAME, "two"));
        then(requests).hasSize(2);
        arrives(client, SERVER, bytes(answer(server, 1, GAME, "second").content()));
        then(texts(client.pipeline().get(Receiver.class))).containsExactly("first", "second");
    }

    @Test
    void in_2022_a_new_session_is_refused_while_none_can_be_forgotten() {
        ShadowsocksUser shop = user("shop", NEW);
        EmbeddedChannel server = server(null, 2, shop);
        arrives(server, HOME, packet(client(shop), GAME, "one"));
        nanos = Duration.ofSeconds(30).toNanos();
        arrives(server, HOME, packet(client(shop), GAME, "two"));
        arrives(server, HOME, packet(client(shop), GAME, "three"));
        then(requests).hasSize(2);
        then(book.counters().refused()).containsOnlyKeys(Reason.REPLAY_SET_FULL);
        nanos = Duration.ofSeconds(62).toNanos();
        arrives(server, HOME, packet(client(shop), GAME, "four"));
        then(requests).hasSize(3);
        then(associations.get(0).isOpen()).as("that of the forgotten session").isFalse();
    }

    // ---- clients ----

    @Test
    void in_2022_a_client_takes_answers_to_its_own_session_once_and_in_time() {
        ShadowsocksUser shop = user("shop", NEW);
        EmbeddedChannel server = server(shop);
        EmbeddedChannel client = client(shop);
        EmbeddedChannel other = client(shop);
        arrives(server, HOME, packet(client, GAME, "one"));
        byte[] answer = bytes(answer(server, 0, GAME, "answer").content());
        arrives(other, SERVER, answer);
        then(other.pipeline().get(Receiver.class).sizes()).isEmpty();
        arrives(client, SERVER, answer);
        arrives(client, SERVER, answer);
        then(client.pipeline().get(Receiver.class).sizes()).hasSize(1);
        byte[] late = bytes(answer(server, 0, GAME, "late").content());
        clock.setSecond(ShadowsocksRig.NOW + 31);
        arrives(client, SERVER, late);
        then(client.pipeline().get(Receiver.class).sizes()).hasSize(1);
    }

    @Test
    void in_2022_a_client_takes_a_server_for_new_once_a_minute() {
        ShadowsocksUser shop = user("shop", NEW);
        EmbeddedChannel client = client(shop);
        List<EmbeddedChannel> servers = List.of(server(shop), server(shop), server(shop));
        List<byte[]> early = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            arrives(servers.get(i), HOME, packet(client, GAME, "to " + i));
            early.add(bytes(answer(servers.get(i), i, GAME, "of " + i).content()));
        }
        Receiver heard = client.pipeline().get(Receiver.class);
        early.forEach(answer -> arrives(client, SERVER, answer));
        then(texts(heard)).containsExactly("of 0", "of 1");
        arrives(
                client,
                SERVER,
                bytes(answer(servers.get(0), 0, GAME, "of 0 again").content()));
        then(texts(heard)).containsExactly("of 0", "of 1", "of 0 again");

        nanos = Duration.ofSeconds(61).toNanos();
        arrives(
                client,
                SERVER,
                bytes(answer(servers.get(2), 2, GAME, "of 2 again").content()));
        then(texts(heard)).endsWith("of 2 again");
        arrives(
                client,
                SERVER,
                bytes(answer(servers.get(0), 0, GAME, "of 0 at last").content()));
        then(texts(heard)).endsWith("of 2 again");
    }

    @Test
    void in_2022_questions_to_name_servers_are_padded() {
        ShadowsocksUser shop = user("shop", NEW);
        EmbeddedChannel client = client(shop);
        int least = 16 + 1 + 8 + 2 + 7 + 8 + 16;
        List<Integer> sizes = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            sizes.add(packet(client, DNS, "question").length);
        }
        then(sizes).allSatisfy(size -> then(size).isBetween(least + 1, least + 900));
        then(sizes.stream().distinct().count()).isGreaterThan(5);
        then(packet(client, Destination.udp("192.0.2.53", 54), "question")).hasSize(least);
    }
}
