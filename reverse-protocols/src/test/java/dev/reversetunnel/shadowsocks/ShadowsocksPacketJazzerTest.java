package dev.reversetunnel.shadowsocks;

import static org.assertj.core.api.BDDAssertions.then;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.reversetunnel.crypto.AeadAlgorithm;
import dev.reversetunnel.crypto.AeadCipher;
import dev.reversetunnel.crypto.AesBlock;
import dev.reversetunnel.crypto.HChaCha20;
import dev.reversetunnel.kit.DoorRig;
import dev.reversetunnel.kit.Receiver;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.testkit.BoundedAllocator;
import dev.reversetunnel.testkit.Choices;
import dev.reversetunnel.testkit.Fuzzing;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Packets of both editions, at a server and at a client, sealed with the right key so that their insides are read, or
 * anything at all: a datagram comes out or nothing, and with the edition of 2022 never twice.
 */
class ShadowsocksPacketJazzerTest {
    private static final int MAX_PACKETS = 20;
    private static final ShadowsocksMethod[] METHODS = ShadowsocksMethod.values();
    private static final byte[] OUT = new byte[(1 << 16) + 256];

    static Stream<byte[]> packets() {
        return IntStream.range(0, 2 * METHODS.length).mapToObj(which -> {
            ShadowsocksMethod method = METHODS[which / 2];
            byte[] address = {1, (byte) 192, 0, 2, 53, 0, 53, 'h', 'i'};
            ByteArrayOutputStream input = new ByteArrayOutputStream();
            input.write(which / 2);
            input.write(which % 2);
            for (int i = 0; i < 3; i++) {
                input.write(1); // sealed
                input.writeBytes(method.is2022() ? new byte[] {0, 0, (byte) i, 0, 0, 0, 9 + 2} : new byte[] {0, 9});
                input.writeBytes(method.is2022() ? new byte[] {0, 0} : new byte[0]);
                input.writeBytes(address);
            }
            return input.toByteArray();
        });
    }

    @MethodSource("packets")
    @FuzzTest
    void packets(byte[] data) throws Exception {
        Fuzzing.judge(data, (input, buffers) -> {
            Choices choices = new Choices(input);
            ShadowsocksMethod method = METHODS[choices.nextInt(METHODS.length)];
            boolean atClient = choices.nextBoolean();
            Peer peer = atClient ? new Client(method, buffers) : new Server(method, buffers);
            Set<String> taken = new HashSet<>();
            for (int i = 0; i < MAX_PACKETS && choices.areLeft(); i++) {
                if (choices.nextBoolean()) {
                    Packet packet = packet(method, atClient, choices);
                    if (peer.takes(packet.bytes) && method.is2022()) {
                        then(taken.add(packet.number))
                                .as("first packet %s", packet.number)
                                .isTrue();
                    }
                } else {
                    peer.takes(choices.take(choices.nextInt(1 << 16)));
                }
            }
            peer.close();
        });
    }

    /** What is sealed, and which one of its session it is. */
    private static final class Packet {
        private final byte[] bytes;
        private final String number;

        Packet(byte[] bytes, String number) {
            this.bytes = bytes;
            this.number = number;
        }
    }

    private static UserKey key(ShadowsocksMethod method) {
        return UserKey.of(method, "password", Fixed.password(method, 1));
    }

    private static Packet packet(ShadowsocksMethod method, boolean atClient, Choices choices) {
        if (!method.is2022()) {
            byte[] plain = choices.take(choices.nextInt(1 << 16));
            byte[] salt = new byte[method.saltBytes()];
            AeadCipher cipher = method.cipher(key(method).bytes(), salt, null);
            int length = cipher.seal(new byte[AeadCipher.NONCE_BYTES], null, plain, 0, plain.length, OUT, 0);
            return new Packet(joined(salt, OUT, length), "");
        }
        long session = choices.nextInt(3);
        long number = choices.nextInt(4) == 3 ? choices.nextInt() : choices.nextInt(8);
        int type = choices.nextInt(8) == 1 ? choices.nextInt(256) : atClient ? ResponseSealer.TYPE : RequestSealer.TYPE;
        long time = ShadowsocksRig.NOW + (choices.nextInt(8) == 1 ? choices.nextInt(200) - 100 : 0);
        byte[] rest = choices.take(choices.nextInt(1 << 15));
        ByteBuffer plain = ByteBuffer.allocate(2 * Long.BYTES + 1 + 2 * Long.BYTES + rest.length);
        plain.putLong(session).putLong(number).put((byte) type).putLong(time);
        if (atClient) {
            plain.putLong(0);
        }
        plain.put(rest);
        byte[] body = Arrays.copyOf(plain.array(), plain.position());
        return new Packet(method.isAes() ? sealAes(method, body) : sealChaCha(method, body), session + " " + number);
    }

    private static byte[] sealAes(ShadowsocksMethod method, byte[] plain) {
        byte[] head = new byte[AesBlock.BYTES];
        AesBlock.encrypting(key(method).bytes()).apply(plain, 0, head, 0);
        AeadCipher cipher = method.cipher(key(method).bytes(), Arrays.copyOf(plain, Long.BYTES), null);
        byte[] nonce = Arrays.copyOfRange(plain, AesBlock.BYTES - AeadCipher.NONCE_BYTES, AesBlock.BYTES);
        int length = cipher.seal(nonce, null, plain, AesBlock.BYTES, plain.length - AesBlock.BYTES, OUT, 0);
        return joined(head, OUT, length);
    }

    private static byte[] sealChaCha(ShadowsocksMethod method, byte[] plain) {
        byte[] nonce = new byte[HChaCha20.NONCE_BYTES];
        AeadCipher cipher = AeadAlgorithm.CHACHA20_POLY1305.cipher(
                HChaCha20.deriveKey(key(method).bytes(), nonce, 0), null);
        int length = cipher.seal(HChaCha20.innerNonce(nonce, 0), null, plain, 0, plain.length, OUT, 0);
        return joined(nonce, OUT, length);
    }

    private static byte[] joined(byte[] head, byte[] tail, int length) {
        byte[] all = Arrays.copyOf(head, head.length + length);
        System.arraycopy(tail, 0, all, head.length, length);
        return all;
    }

    /** Who gets packets. */
    private interface Peer {
        /** Whether a datagram came out of it. */
        boolean takes(byte[] packet);

        void close();
    }

    private static final class Server implements Peer {
        private static final InetSocketAddress HOME = DoorRig.peer("198.51.100.7", 40_000);

        private final ShadowsocksRig rig;
        private final UdpServer server;
        private final EmbeddedChannel socket = new EmbeddedChannel();
        private final ChannelHandlerContext context;

        Server(ShadowsocksMethod method, BoundedAllocator buffers) {
            rig = new ShadowsocksRig(buffers, List.of(new ShadowsocksUser("shop", method, key(method))));
            server = rig.datagrams();
            socket.config().setAllocator(buffers);
            socket.pipeline().addLast(server);
            context = socket.pipeline().context(server);
        }

        private int datagrams() {
            return rig.receivers.stream()
                    .map(Receiver::sizes)
                    .mapToInt(List::size)
                    .sum();
        }

        @Override
        public boolean takes(byte[] packet) {
            int before = datagrams();
            server.packet(context, HOME, packet, packet.length);
            socket.runPendingTasks();
            return datagrams() > before;
        }

        @Override
        public void close() {
            socket.finishAndReleaseAll();
        }
    }

    private static final class Client implements Peer {
        private final UdpClient client;
        private final EmbeddedChannel socket = new EmbeddedChannel();
        private final ChannelHandlerContext context;

        Client(ShadowsocksMethod method, BoundedAllocator buffers) {
            client = method.is2022()
                    ? new UdpClient2022(
                            method,
                            new ClientKey(List.of(), key(method)),
                            () -> ShadowsocksRig.NOW,
                            () -> 0,
                            (target, offset, length) -> Arrays.fill(target, offset, offset + length, (byte) 0),
                            null)
                    : new UdpClient2017(method, key(method), (target, offset, length) -> {}, null);
            socket.config().setAllocator(buffers);
            socket.pipeline().addLast(client);
            context = socket.pipeline().context(client);
        }

        @Override
        public boolean takes(byte[] packet) {
            Datagram datagram = client.open(context, packet, packet.length);
            if (datagram == null) {
                return false;
            }
            datagram.release();
            return true;
        }

        @Override
        public void close() {
            socket.finishAndReleaseAll();
        }
    }
}
