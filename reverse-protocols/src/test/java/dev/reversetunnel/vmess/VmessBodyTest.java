package dev.reversetunnel.vmess;

import static org.assertj.core.api.BDDAssertions.then;

import dev.reversetunnel.OutputShutdown;
import dev.reversetunnel.carrier.CarrierException;
import dev.reversetunnel.carrier.CarrierException.Reason;
import dev.reversetunnel.kit.CleanBuffers;
import dev.reversetunnel.net.Datagram;
import dev.reversetunnel.net.Destination;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.ChannelOutputShutdownException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The bytes between a client and a server that are both ours. */
class VmessBodyTest {
    private static final Destination WEB = Destination.tcp("web.internal", 80);

    @RegisterExtension
    final CleanBuffers buffers = new CleanBuffers();

    private EmbeddedTunnel tunnel() {
        return new EmbeddedTunnel(buffers.allocator(), WEB, client -> client);
    }

    private ByteBuf text(String text) {
        return buffers.of(text.getBytes(StandardCharsets.US_ASCII));
    }

    private static ChannelFuture shutdownOutput(EmbeddedChannel channel) {
        return channel.pipeline().get(VmessChunkEncoder.class).shutdownOutput();
    }

    static Stream<Arguments> ways() {
        List<Arguments> ways = new ArrayList<>();
        for (VmessSecurity security : VmessSecurity.values()) {
            for (boolean padding : new boolean[] {true, false}) {
                for (boolean sealedLength : new boolean[] {true, false}) {
                    ways.add(Arguments.of(security, padding, sealedLength));
                }
            }
        }
        return ways.stream();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void carries_megabytes_both_ways(VmessSecurity security, boolean padding, boolean sealedLength) {
        EmbeddedTunnel tunnel = new EmbeddedTunnel(
                buffers.allocator(),
                WEB,
                client -> client.security(security).globalPadding(padding).authenticatedLength(sealedLength));
        byte[] up = randomBytes(1_500_000, 1);
        byte[] down = randomBytes(1_000_000, 2);

        tunnel.client.config().setAutoRead(true);
        writeInPieces(tunnel.client, up, tunnel);
        writeInPieces(tunnel.server, down, tunnel);

        then(Arrays.equals(tunnel.serverReceiver().bytes(), up))
                .as("what went up")
                .isTrue();
        then(Arrays.equals(tunnel.clientReceiver.bytes(), down))
                .as("what came down")
                .isTrue();
        then(tunnel.serverReceiver().failure()).isNull();
        tunnel.close();
    }

    private static byte[] randomBytes(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    private void writeInPieces(EmbeddedChannel channel, byte[] bytes, EmbeddedTunnel tunnel) {
        Random random = new Random(bytes.length);
        for (int at = 0; at < bytes.length; ) {
            int size = Math.min(bytes.length - at, 1 + random.nextInt(random.nextBoolean() ? 100 : 100_000));
            channel.write(buffers.of(Arrays.copyOfRange(bytes, at, at + size)));
            if (random.nextInt(3) == 0) {
                channel.flush();
                tunnel.pump();
            }
            at += size;
        }
        channel.flush();
        tunnel.pump();
    }

    @Test
    void sends_the_header_and_the_first_payload_in_one_write() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.write(text("GET "));
        tunnel.client.write(text("/"));
        tunnel.client.flush();
        tunnel.pump();

        then(tunnel.clientWrites).isEqualTo(1);
        then(tunnel.serverReceiver().bytes())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("GET /");
        tunnel.close();
    }

    @Test
    void sends_the_header_alone_when_there_is_nothing_to_flush() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.flush();
        tunnel.pump();

        then(tunnel.clientWrites).isEqualTo(1);
        then(tunnel.rig.requests).hasSize(1);
        tunnel.client.flush();
        tunnel.pump();
        then(tunnel.clientWrites).isEqualTo(1);
        tunnel.close();
    }

    @Test
    void sends_the_header_alone_after_100_milliseconds() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.advanceTimeBy(99, TimeUnit.MILLISECONDS);
        tunnel.client.runScheduledPendingTasks();
        tunnel.pump();
        then(tunnel.clientWrites).isZero();

        tunnel.client.advanceTimeBy(1, TimeUnit.MILLISECONDS);
        tunnel.client.runScheduledPendingTasks();
        tunnel.pump();
        then(tunnel.clientWrites).isEqualTo(1);
        then(tunnel.rig.requests).hasSize(1);
        tunnel.close();
    }

    @Test
    void answers_with_the_header_in_the_first_write_or_a_flush() {
        EmbeddedTunnel withPayload = tunnel();
        withPayload.client.flush();
        withPayload.pump();
        then(withPayload.serverWrites).as("writes before there is a payload").isZero();
        withPayload.client.config().setAutoRead(true);
        withPayload.server.writeAndFlush(text("hello"));
        withPayload.pump();
        then(withPayload.serverWrites).isEqualTo(1);
        then(withPayload.clientReceiver.bytes())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("hello");
        withPayload.close();

        EmbeddedTunnel without = tunnel();
        without.client.flush();
        without.pump();
        without.client.config().setAutoRead(true);
        without.server.flush();
        without.pump();
        then(without.serverWrites).isEqualTo(1);
        then(without.client.pipeline().get(VmessResponseDecoder.class)).isNull();
        without.close();
    }

    @Test
    void gathers_small_writes_in_one_chunk_and_tells_all_who_wrote() {
        EmbeddedTunnel tunnel = tunnel();
        List<ChannelFuture> writes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            writes.add(tunnel.client.write(text("0123456789")));
        }
        then(writes).noneMatch(ChannelFuture::isDone);
        tunnel.client.flush();
        tunnel.pump();

        then(writes).allMatch(ChannelFuture::isSuccess);
        then(Vmess.chunks(tunnel.client)).isEqualTo(new VmessChunks(1, 0));
        then(tunnel.serverReceiver().sizes()).containsExactly(1_000);
        tunnel.close();
    }

    @Test
    void seals_whole_chunks_at_once_and_lets_at_most_one_wait() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.write(text("x"));
        ChannelFuture large = tunnel.client.write(buffers.of(new byte[3 * ChunkFormat.MAX_PAYLOAD]));

        then(Vmess.chunks(tunnel.client)).isEqualTo(new VmessChunks(3, 0));
        then(large.isDone()).as("its last byte waits for a flush").isFalse();
        tunnel.client.flush();
        tunnel.pump();
        then(Vmess.chunks(tunnel.client)).isEqualTo(new VmessChunks(4, 0));
        then(large.isSuccess()).isTrue();
        then(tunnel.serverReceiver().bytes()).hasSize(3 * ChunkFormat.MAX_PAYLOAD + 1);
        tunnel.close();
    }

    @Test
    void fails_what_was_gathered_when_the_channel_is_closed() {
        EmbeddedTunnel tunnel = tunnel();
        ChannelFuture write = tunnel.client.write(text("never sent"));
        tunnel.client.close();

        then(write.isDone() && !write.isSuccess()).isTrue();
        tunnel.close();
    }

    @Test
    void a_write_that_is_cancelled_does_not_take_its_chunk_with_it() {
        EmbeddedTunnel tunnel = tunnel();
        ChannelFuture first = tunnel.client.write(text("one"));
        tunnel.client.write(text("two"));
        then(first.cancel(false)).isFalse();
        tunnel.client.flush();
        tunnel.pump();

        then(tunnel.serverReceiver().bytes())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("onetwo");
        tunnel.close();
    }

    @Test
    void keeps_what_came_with_the_header_until_somebody_reads() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.rig.reads = false;
        tunnel.client.writeAndFlush(text("early"));
        tunnel.pump();
        then(tunnel.serverReceiver().bytes()).isEmpty();

        tunnel.server.config().setAutoRead(true);
        tunnel.server.runPendingTasks();
        then(tunnel.serverReceiver().bytes())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("early");
        then(tunnel.serverReceiver().readCompletes()).isPositive();
        tunnel.close();
    }

    @Test
    void gives_one_message_for_one_read() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.rig.reads = false;
        tunnel.client.writeAndFlush(buffers.of(new byte[20 * ChunkFormat.MAX_PAYLOAD]));
        tunnel.pump();
        List<Integer> seen = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            seen.add(tunnel.serverReceiver().sizes().size());
            tunnel.server.read();
            tunnel.server.runPendingTasks();
        }

        int burst = 4 * ChunkFormat.MAX_PAYLOAD;
        then(seen).containsExactly(0, 1, 2, 3, 4, 5);
        then(tunnel.serverReceiver().sizes()).containsExactly(burst, burst, burst, burst, burst);
        tunnel.close();
    }

    @Test
    void an_end_that_came_early_is_told_after_the_bytes_before_it() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.rig.reads = false;
        tunnel.client.writeAndFlush(text("bye"));
        tunnel.pump();
        ServerRig.end(tunnel.server);
        then(tunnel.serverReceiver().cleanEnds()).isZero();

        tunnel.server.config().setAutoRead(true);
        tunnel.server.runPendingTasks();
        then(tunnel.serverReceiver().bytes())
                .asString(StandardCharsets.US_ASCII)
                .isEqualTo("bye");
        then(tunnel.serverReceiver().cleanEnds()).isEqualTo(1);
        tunnel.close();
    }

    @Test
    void an_end_chunk_ends_one_direction_once() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.config().setAutoRead(true);
        tunnel.client.write(text("request"));
        then(shutdownOutput(tunnel.client).isSuccess()).isTrue();
        tunnel.pump();
        then(tunnel.serverReceiver().cleanEnds()).isEqualTo(1);
        then(tunnel.clientWrites).as("header, chunk and end").isEqualTo(2);

        tunnel.server.writeAndFlush(text("answer"));
        shutdownOutput(tunnel.server);
        tunnel.pump();
        ServerRig.end(tunnel.client);
        ServerRig.feed(tunnel.client, buffers.of(new byte[100]));
        then(tunnel.clientReceiver.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo("answer");
        then(tunnel.clientReceiver.cleanEnds()).isEqualTo(1);
        then(tunnel.clientReceiver.failure()).isNull();
        ChannelFuture late = tunnel.server.writeAndFlush(text("too late"));
        then(late.cause()).isInstanceOf(ChannelOutputShutdownException.class);
        tunnel.close();
    }

    @Test
    void an_empty_write_is_no_end_mark() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.config().setAutoRead(true);
        ChannelFuture first = tunnel.client.writeAndFlush(Unpooled.EMPTY_BUFFER);
        tunnel.pump();
        ChannelFuture second = tunnel.server.writeAndFlush(Unpooled.EMPTY_BUFFER);
        tunnel.pump();
        then(first.isSuccess()).isTrue();
        then(second.isSuccess()).isTrue();
        then(tunnel.serverReceiver().cleanEnds()).isZero();
        then(tunnel.clientReceiver.cleanEnds()).isZero();

        tunnel.server.writeAndFlush(text("answer"));
        tunnel.pump();
        then(tunnel.clientReceiver.bytes()).asString(StandardCharsets.US_ASCII).isEqualTo("answer");
        tunnel.close();
    }

    @Test
    void an_end_between_two_chunks_is_clean_and_one_inside_is_not() {
        for (boolean cut : new boolean[] {false, true}) {
            EmbeddedTunnel tunnel = tunnel();
            tunnel.client.writeAndFlush(text("first"));
            tunnel.pump();
            tunnel.client.writeAndFlush(text("second"));
            ByteBuf wire = tunnel.client.readOutbound();
            ServerRig.feed(tunnel.server, cut ? wire.writerIndex(wire.writerIndex() - 1) : wire);
            ServerRig.end(tunnel.server);

            then(tunnel.serverReceiver().cleanEnds()).isEqualTo(cut ? 0 : 1);
            if (cut) {
                then(tunnel.serverReceiver().failure())
                        .isInstanceOfSatisfying(
                                CarrierException.class, e -> then(e.reason()).isEqualTo(Reason.TRUNCATED));
                then(tunnel.server.isOpen()).isFalse();
                then(tunnel.rig.book.counters().refused(Reason.TRUNCATED)).isEqualTo(1);
            }
            tunnel.close();
        }
    }

    @Test
    void a_channel_without_half_close_ends_cleanly_when_the_peer_closes_it_between_chunks() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.writeAndFlush(text("all"));
        tunnel.pump();
        tunnel.server.pipeline().fireChannelInactive();

        then(tunnel.serverReceiver().cleanEnds()).isEqualTo(1);
        tunnel.close();
    }

    @Test
    void our_own_close_is_no_clean_end_of_the_peer() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.writeAndFlush(text("all"));
        tunnel.pump();
        tunnel.server.close();

        then(tunnel.serverReceiver().isInactive()).isTrue();
        then(tunnel.serverReceiver().cleanEnds()).isZero();
        tunnel.close();
    }

    @Test
    void a_server_that_closes_without_an_answer_is_no_clean_end() {
        EmbeddedTunnel tunnel = tunnel();
        tunnel.client.config().setAutoRead(true);
        tunnel.client.flush();
        tunnel.pump();
        tunnel.client.pipeline().fireUserEventTriggered(ChannelInputShutdownEvent.INSTANCE);

        then(tunnel.clientReceiver.isInactive()).isTrue();
        then(tunnel.clientReceiver.cleanEnds()).isZero();
        then(tunnel.clientReceiver.failure()).isNull();
        tunnel.close();
    }

    @Test
    void carries_datagrams_one_by_one() {
        Destination dns = Destination.udp("9.9.9.9", 53);
        for (UnaryOperator<VmessClient> how : List.<UnaryOperator<VmessClient>>of(
                client -> client,
                client -> client.security(VmessSecurity.NONE),
                client -> client.security(VmessSecurity.ZERO))) {
            EmbeddedTunnel tunnel = new EmbeddedTunnel(buffers.allocator(), dns, how);
            tunnel.client.config().setAutoRead(true);
            tunnel.client.write(new Datagram(dns, text("one")));
            tunnel.client.write(new Datagram(dns, buffers.of(new byte[0])));
            tunnel.client.write(new Datagram(dns, buffers.of(new byte[ChunkFormat.MAX_PAYLOAD + 1])));
            tunnel.client.write(new Datagram(dns, text("three")));
            tunnel.client.flush();
            tunnel.pump();
            tunnel.server.writeAndFlush(new Datagram(dns, text("answer")));
            tunnel.pump();

            then(tunnel.rig.requests.get(0).destination()).isEqualTo(dns);
            then(tunnel.serverReceiver().sizes()).containsExactly(3, 5);
            then(tunnel.serverReceiver().peers()).containsExactly(dns, dns);
            then(tunnel.clientReceiver.sizes()).containsExactly(6);
            tunnel.close();
        }
    }

    @Test
    void asks_for_mux_by_its_name() {
        EmbeddedTunnel tunnel =
                new EmbeddedTunnel(buffers.allocator(), Destination.tcp("v1.mux.cool", 9527), client -> client);
        tunnel.client.flush();
        tunnel.pump();

        then(tunnel.rig.requests.get(0).destination()).isEqualTo(Destination.tcp("v1.mux.cool", 0));
        tunnel.close();
    }

    @Test
    void its_encoder_is_found_as_the_one_who_can_end_the_output() {
        EmbeddedTunnel tunnel = tunnel();

        then(tunnel.client.pipeline().get(VmessChunkEncoder.class)).isInstanceOf(OutputShutdown.class);
        tunnel.close();
    }

    @Test
    void goes_on_after_65536_chunks_as_the_protocol_has_it() {
        EmbeddedTunnel tunnel = tunnel();
        for (int i = 0; i < VmessChunks.PERIOD + 10; i++) {
            tunnel.client.writeAndFlush(text("x"));
            tunnel.pump();
        }

        then(tunnel.serverReceiver().bytes()).hasSize(VmessChunks.PERIOD + 10);
        then(Vmess.chunks(tunnel.server)).isEqualTo(new VmessChunks(0, VmessChunks.PERIOD + 10));
        tunnel.close();
    }
}
